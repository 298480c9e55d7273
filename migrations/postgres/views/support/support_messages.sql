-- Messages and notes with the columns of the dashboard plan, table support_messages.
CREATE OR REPLACE VIEW support.support_messages WITH (security_invoker = true) AS
SELECT
    m.message_id::uuid AS id,
    m.conversation_id::uuid AS conversation_id,
    NULL::integer AS chatwoot_id,
    (CASE
        WHEN m.direction = 'inbound' THEN 'contact'
        WHEN m.sent_by IS NULL THEN 'bot'
        ELSE 'agent'
    END)::varchar(20) AS sender_type,
    (replace(m.sender, '\u0000', '\ufffd')::json ->> 'name')::varchar(255) AS sender_name,
    m.text AS content,
    (CASE WHEN m.text = '' AND m.attachments <> '[]' THEN 'attachment' ELSE 'text' END)
        ::varchar(20) AS message_type,
    false AS is_private,
    'epoch'::timestamptz + m.counted_at * interval '1 microsecond' AS created_at,
    m.tenant
FROM {messages} AS m
JOIN {conversations} AS c ON c.tenant = m.tenant AND c.conversation_id = m.conversation_id
WHERE c.status IS NOT NULL
  AND m.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), m.tenant)
UNION ALL
SELECT
    n.note_id::uuid,
    n.conversation_id::uuid,
    NULL::integer,
    'agent'::varchar(20),
    n.author::varchar(255),
    n.text,
    'text'::varchar(20),
    true,
    'epoch'::timestamptz + n.written_at * interval '1 microsecond',
    n.tenant
FROM {notes} AS n
JOIN {conversations} AS c ON c.tenant = n.tenant AND c.conversation_id = n.conversation_id
WHERE c.status IS NOT NULL
  AND n.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), n.tenant)
