-- The dashboard plan's daily figures, table support_analytics: one row for each tenant and UTC date
-- from its first conversation on. What is older than 2000 counts as of the first day of 2000, so
-- that a wrong date in an old mail does not make a million rows.
CREATE OR REPLACE VIEW support.support_analytics WITH (security_invoker = true) AS
WITH conversations AS (
    SELECT
        c.tenant,
        c.channel,
        coalesce(t.team, 'unassigned') AS team,
        greatest(DATE '2000-01-01', (('epoch'::timestamptz
            + coalesce(nullif(c.first_message_at, 0), t.received_at)
            * interval '1 microsecond') AT TIME ZONE 'UTC')::date) AS day
    FROM {conversations} AS c
    LEFT JOIN {tickets} AS t ON t.tenant = c.tenant AND t.ticket_id = c.open_ticket_id
    WHERE c.status IS NOT NULL
      AND coalesce(nullif(c.first_message_at, 0), t.received_at) IS NOT NULL
      AND c.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), c.tenant)
),
opened AS (
    SELECT tenant, day, count(*) AS conversations FROM conversations GROUP BY tenant, day
),
channels AS (
    SELECT tenant, day, jsonb_object_agg(channel, conversations) AS conversations
    FROM (
        SELECT tenant, day, channel, count(*) AS conversations
        FROM conversations GROUP BY tenant, day, channel
    ) AS counted
    GROUP BY tenant, day
),
teams AS (
    SELECT tenant, day, jsonb_object_agg(team, conversations) AS conversations
    FROM (
        SELECT tenant, day, team, count(*) AS conversations
        FROM conversations GROUP BY tenant, day, team
    ) AS counted
    GROUP BY tenant, day
),
answered AS (
    SELECT
        tenant,
        greatest(DATE '2000-01-01', (('epoch'::timestamptz
            + first_reply_at * interval '1 microsecond') AT TIME ZONE 'UTC')::date) AS day,
        least(avg(first_reply_at - received_at) / 60000000, 99999999.99) AS minutes
    FROM {tickets}
    WHERE status IS NOT NULL AND first_reply_at IS NOT NULL AND is_outbound = 0
      AND tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), tenant)
    GROUP BY 1, 2
),
resolved AS (
    SELECT
        tenant,
        greatest(DATE '2000-01-01', (('epoch'::timestamptz
            + resolved_at * interval '1 microsecond') AT TIME ZONE 'UTC')::date) AS day,
        count(DISTINCT conversation_id) AS conversations,
        least(avg(resolved_at - received_at) / 60000000, 99999999.99) AS minutes
    FROM {tickets}
    WHERE status IS NOT NULL AND resolved_at IS NOT NULL
      AND tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), tenant)
    GROUP BY 1, 2
),
days AS (
    SELECT known.tenant, each.day::date AS day
    FROM (
        SELECT tenant, min(day) AS first_day, max(day) AS last_day
        FROM (
            SELECT tenant, day FROM opened
            UNION ALL SELECT tenant, day FROM answered
            UNION ALL SELECT tenant, day FROM resolved
        ) AS happened
        GROUP BY tenant
    ) AS known
    CROSS JOIN LATERAL generate_series(
        known.first_day::timestamp,
        greatest(known.last_day, (now() AT TIME ZONE 'UTC')::date)::timestamp,
        interval '1 day'
    ) AS each(day)
)
SELECT
    md5(days.tenant || '/' || to_char(days.day, 'YYYY-MM-DD'))::uuid AS id,
    days.day AS date,
    (coalesce(sum(opened.conversations) OVER (PARTITION BY days.tenant ORDER BY days.day), 0))
        ::integer AS total_conversations,
    coalesce(opened.conversations, 0)::integer AS new_conversations,
    coalesce(resolved.conversations, 0)::integer AS resolved_conversations,
    answered.minutes::numeric(10, 2) AS avg_first_response_minutes,
    resolved.minutes::numeric(10, 2) AS avg_resolution_minutes,
    NULL::numeric(3, 2) AS csat_average,
    coalesce(channels.conversations, '{}') AS conversations_by_channel,
    coalesce(teams.conversations, '{}') AS conversations_by_team,
    least(now(), (days.day + 1)::timestamp AT TIME ZONE 'UTC') AS created_at,
    days.tenant
FROM days
LEFT JOIN opened USING (tenant, day)
LEFT JOIN channels USING (tenant, day)
LEFT JOIN teams USING (tenant, day)
LEFT JOIN answered USING (tenant, day)
LEFT JOIN resolved USING (tenant, day)
