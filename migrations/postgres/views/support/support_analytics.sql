-- The dashboard plan's daily figures, table support_analytics: one row for each tenant and UTC date
-- from its first ticket on. A conversation there is a ticket here, as in dailySnapshots of GraphQL:
-- both are computed from what is measured about tickets. No day before 2000 has a row, so that a
-- wrong date in an old mail does not make a million rows; what lies there counts in the totals.
CREATE OR REPLACE VIEW support.support_analytics WITH (security_invoker = true) AS
WITH tickets AS (
    SELECT
        tenant,
        channel,
        -- JSON has no names that are null.
        coalesce(team, 'unassigned') AS team,
        (('epoch'::timestamptz + received_at * interval '1 microsecond')
            AT TIME ZONE 'UTC')::date AS received_on,
        (('epoch'::timestamptz + first_reply_at * interval '1 microsecond')
            AT TIME ZONE 'UTC')::date AS answered_on,
        (('epoch'::timestamptz + ended_at * interval '1 microsecond')
            AT TIME ZONE 'UTC')::date AS ended_on,
        is_outbound,
        -- Where clocks differ, a negative duration counts as 0.
        greatest(first_reply_at - received_at, 0) AS response_micros,
        greatest(ended_at - received_at, 0) AS resolution_micros
    FROM {ticket_facts}
    WHERE tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), tenant)
),
opened AS (
    SELECT tenant, received_on AS day, count(*) AS tickets FROM tickets GROUP BY 1, 2
),
channels AS (
    SELECT tenant, day, jsonb_object_agg(channel, tickets) AS tickets
    FROM (
        SELECT tenant, received_on AS day, channel, count(*) AS tickets
        FROM tickets GROUP BY 1, 2, 3
    ) AS counted
    GROUP BY tenant, day
),
teams AS (
    SELECT tenant, day, jsonb_object_agg(team, tickets) AS tickets
    FROM (
        SELECT tenant, received_on AS day, team, count(*) AS tickets
        FROM tickets GROUP BY 1, 2, 3
    ) AS counted
    GROUP BY tenant, day
),
answered AS (
    SELECT tenant, answered_on AS day, least(avg(response_micros) / 60000000, 99999999.99) AS minutes
    FROM tickets WHERE answered_on IS NOT NULL AND is_outbound = 0
    GROUP BY 1, 2
),
ended AS (
    SELECT
        tenant,
        ended_on AS day,
        count(*) AS tickets,
        least(avg(resolution_micros) / 60000000, 99999999.99) AS minutes
    FROM tickets WHERE ended_on IS NOT NULL
    GROUP BY 1, 2
),
days AS (
    SELECT known.tenant, known.before, each.day::date AS day
    FROM (
        SELECT
            tenant,
            greatest(DATE '2000-01-01', least(min(received_on), min(answered_on), min(ended_on)))
                AS first_day,
            greatest(max(received_on), max(answered_on), max(ended_on),
                (now() AT TIME ZONE 'UTC')::date) AS last_day,
            count(*) FILTER (WHERE received_on < DATE '2000-01-01') AS before
        FROM tickets
        GROUP BY tenant
    ) AS known
    CROSS JOIN LATERAL generate_series(
        known.first_day::timestamp, known.last_day::timestamp, interval '1 day'
    ) AS each(day)
)
SELECT
    md5(days.tenant || '/' || to_char(days.day, 'YYYY-MM-DD'))::uuid AS id,
    days.day AS date,
    (days.before
        + coalesce(sum(opened.tickets) OVER (PARTITION BY days.tenant ORDER BY days.day), 0))
        ::integer AS total_conversations,
    coalesce(opened.tickets, 0)::integer AS new_conversations,
    coalesce(ended.tickets, 0)::integer AS resolved_conversations,
    answered.minutes::numeric(10, 2) AS avg_first_response_minutes,
    ended.minutes::numeric(10, 2) AS avg_resolution_minutes,
    NULL::numeric(3, 2) AS csat_average,
    coalesce(channels.tickets, '{}') AS conversations_by_channel,
    coalesce(teams.tickets, '{}') AS conversations_by_team,
    least(now(), (days.day + 1)::timestamp AT TIME ZONE 'UTC') AS created_at,
    days.tenant
FROM days
LEFT JOIN opened USING (tenant, day)
LEFT JOIN channels USING (tenant, day)
LEFT JOIN teams USING (tenant, day)
LEFT JOIN answered USING (tenant, day)
LEFT JOIN ended USING (tenant, day)
