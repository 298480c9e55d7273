-- SOP CS-01, view v_support_queue, each ticket once with its latest decision. The columns of
-- support_tickets come first, as t.* of the SOP's text. Tables are read by their keys, so that the
-- queue costs what is open and not what ever was.
CREATE OR REPLACE VIEW raw_ops.v_support_queue WITH (security_invoker = true) AS
SELECT
    q.*,
    c.contact_id::uuid AS customer_id,
    known.context ->> 'first_name' AS first_name,
    known.context ->> 'last_name' AS last_name,
    known.subscription ->> 'status' AS subscription_status,
    CASE WHEN known.subscribes THEN known.context ->> 'box_size' END AS box_size,
    CASE WHEN length(known.subscription ->> 'frequency_weeks') < 10
         THEN (known.subscription ->> 'frequency_weeks')::integer
    END AS frequency_weeks,
    known.subscription ->> 'external_id' AS seal_subscription_id,
    CASE WHEN known.subscription ->> 'next_billing_date'
              ~ '^[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'
         THEN (left(known.subscription ->> 'next_billing_date', 8) || '01')::date
              + right(known.subscription ->> 'next_billing_date', 2)::integer - 1
    END AS next_billing_date,
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
        t.ticket_id::uuid AS id,
        t.customer_email,
        t.subject,
        coalesce(m.text, t.preview) AS body,
        t.status,
        CASE WHEN t.decision_id IS NOT NULL THEN coalesce(d.category, t.category) END
            AS ai_category,
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
) AS q
WHERE t.status NOT IN ('resolved', 'closed')
  AND t.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), t.tenant)
