-- SOP CS-01, table ticket_messages: the messages that opened or joined a ticket, and our replies.
CREATE OR REPLACE VIEW raw_ops.ticket_messages WITH (security_invoker = true) AS
SELECT
    m.message_id::uuid AS id,
    m.ticket_id::uuid AS ticket_id,
    m.direction,
    -- JSON holds NUL in an escaped form that PostgreSQL does not read.
    replace(m.sender, '\u0000', '\ufffd')::json ->> 'address' AS sender_email,
    replace(m.sender, '\u0000', '\ufffd')::json ->> 'name' AS sender_name,
    m.subject,
    m.text AS body,
    m.external_id AS email_message_id,
    'epoch'::timestamptz + m.counted_at * interval '1 microsecond' AS created_at,
    m.tenant
FROM {messages} AS m
WHERE m.ticket_id IS NOT NULL
  AND m.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), m.tenant)
