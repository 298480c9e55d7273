-- SOP CS-01, view v_support_queue, each ticket once with its latest decision. The columns of
-- support_tickets come first, as t.* of the SOP's text. Which tickets are open is found by going
-- through all of them; what else is shown can then be looked up by key, for the open ones alone.
CREATE OR REPLACE VIEW raw_ops.v_support_queue WITH (security_invoker = true) AS
SELECT
    q.*,
    c.contact_id::uuid AS customer_id,
    known.context ->> 'first_name' AS first_name,
    known.context ->> 'last_name' AS last_name,
    known.subscription ->> 'status' AS subscription_status,
    CASE WHEN known.subscribes THEN known.context ->> 'box_size' END AS box_size,
    {subscription_columns},
    d.policy_gate_triggered <> 0 AS policy_gate_triggered,
    d.policy_gate_code,
    d.decision_id::uuid AS decision_id,
    CASE
        WHEN q.is_outbound THEN 4
        WHEN q.ai_escalation_reason IS NOT NULL THEN 1
        WHEN q.ai_confidence < 0.7 THEN 2
        ELSE 3
    END AS priority
FROM {tickets} AS t
LEFT JOIN {messages} AS m ON m.tenant = t.tenant AND m.message_id = t.message_id
LEFT JOIN {decisions} AS d ON d.tenant = t.tenant AND d.decision_id = t.decision_id
LEFT JOIN {contacts} AS c
    ON c.tenant = t.tenant AND c.contact_id = t.contact_id
   AND c.address = t.customer_email AND c.context IS NOT NULL
CROSS JOIN LATERAL (
    SELECT
        context,
        context -> 'subscription' AS subscription,
        json_typeof(context -> 'subscription') = 'object' AS subscribes
    FROM (SELECT replace(c.context, '\u0000', '\ufffd')::json AS context) AS read
) AS known
CROSS JOIN LATERAL (
    SELECT
        {ticket_columns}
) AS q
WHERE t.status NOT IN ('resolved', 'closed')
  AND t.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), t.tenant)
