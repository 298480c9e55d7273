-- SOP CS-01, table support_tickets: its columns in its order, then what its queries use beside
-- them. No column bears a name that the SOP's queue view adds to t.* itself.
CREATE OR REPLACE VIEW raw_ops.support_tickets WITH (security_invoker = true) AS
SELECT
    {ticket_columns}
FROM {tickets} AS t
LEFT JOIN {messages} AS m ON m.tenant = t.tenant AND m.message_id = t.message_id
LEFT JOIN {decisions} AS d ON d.tenant = t.tenant AND d.decision_id = t.decision_id
-- A message that was set aside is no ticket.
WHERE t.status IS NOT NULL
  AND t.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), t.tenant)
