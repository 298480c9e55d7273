-- Conversations with the columns of the dashboard plan, table support_conversations. Those that
-- hold only messages which are nobody's work are not among them.
CREATE OR REPLACE VIEW support.support_conversations WITH (security_invoker = true) AS
SELECT
    c.conversation_id::uuid AS id,
    NULL::integer AS chatwoot_id,
    CASE WHEN known.customer_id
              ~ '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$'
         THEN known.customer_id::uuid
    END AS user_id,
    p.address::varchar(255) AS contact_email,
    p.name::varchar(255) AS contact_name,
    c.channel::varchar(50) AS channel,
    c.status::varchar(20) AS status,
    coalesce(t.urgency, CASE t.priority WHEN 1 THEN 'high' ELSE 'normal' END)::varchar(20)
        AS priority,
    t.team::varchar(50) AS team,
    NULL::uuid AS assigned_agent_id,
    ARRAY(SELECT json_array_elements_text(replace(t.labels, '\u0000', '\ufffd')::json)) AS labels,
    'epoch'::timestamptz + replies.first_reply_at * interval '1 microsecond' AS first_response_at,
    CASE WHEN c.status = 'resolved'
         THEN 'epoch'::timestamptz + t.resolved_at * interval '1 microsecond'
    END AS resolved_at,
    NULL::integer AS csat_rating,
    jsonb_build_object(
        'inbox', c.inbox,
        'subject', c.subject,
        'ticket_id', c.open_ticket_id,
        'assignee', t.assignee,
        'message_count', c.message_count
    ) AS metadata,
    'epoch'::timestamptz
        + coalesce(nullif(c.first_message_at, 0), t.received_at) * interval '1 microsecond'
        AS created_at,
    'epoch'::timestamptz
        + greatest(nullif(c.last_message_at, 0), t.received_at, t.resolved_at)
        * interval '1 microsecond' AS updated_at,
    c.tenant
FROM {conversations} AS c
LEFT JOIN {contacts} AS p ON p.tenant = c.tenant AND p.contact_id = c.contact_id
LEFT JOIN {tickets} AS t ON t.tenant = c.tenant AND t.ticket_id = c.open_ticket_id
CROSS JOIN LATERAL (
    SELECT replace(p.context, '\u0000', '\ufffd')::json ->> 'customer_id' AS customer_id
) AS known
LEFT JOIN LATERAL (
    -- What we wrote first is no response.
    SELECT min(first_reply_at) AS first_reply_at
    FROM {tickets}
    WHERE tenant = c.tenant AND conversation_id = c.conversation_id AND is_outbound = 0
) AS replies ON true
WHERE c.status IS NOT NULL
  AND c.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), c.tenant)
