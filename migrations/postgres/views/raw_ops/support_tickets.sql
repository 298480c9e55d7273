-- SOP CS-01, table support_tickets: its columns in its order, then what its queries use beside
-- them. No column bears a name that the SOP's queue view adds to t.* itself.
CREATE OR REPLACE VIEW raw_ops.support_tickets WITH (security_invoker = true) AS
SELECT
    t.ticket_id::uuid AS id,
    t.customer_email,
    t.subject,
    coalesce(m.text, t.preview) AS body,
    t.status,
    CASE WHEN t.decision_id IS NOT NULL THEN coalesce(d.category, t.category) END AS ai_category,
    t.confidence::numeric(3, 2) AS ai_confidence,
    d.draft_response AS ai_draft_response,
    d.action AS ai_recommended_action,
    t.escalation_reason AS ai_escalation_reason,
    t.draft_usage,
    t.customer_name,
    t.email_message_id,
    'epoch'::timestamptz + t.received_at * interval '1 microsecond' AS created_at,
    t.awaiting_customer <> 0 AS is_outbound,
    'epoch'::timestamptz + t.resolved_at * interval '1 microsecond' AS resolved_at,
    t.tenant,
    t.priority::integer AS current_priority
FROM {tickets} AS t
LEFT JOIN {messages} AS m ON m.tenant = t.tenant AND m.message_id = t.message_id
LEFT JOIN {decisions} AS d ON d.tenant = t.tenant AND d.decision_id = t.decision_id
-- A message that was set aside is no ticket.
WHERE t.status IS NOT NULL
  AND t.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), t.tenant)
