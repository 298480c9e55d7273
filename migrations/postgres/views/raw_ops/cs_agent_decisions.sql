-- SOP CS-01, table cs_agent_decisions: every decision of a gate, a model or the built-in classifier.
CREATE OR REPLACE VIEW raw_ops.cs_agent_decisions WITH (security_invoker = true) AS
SELECT
    d.decision_id::uuid AS id,
    d.ticket_id::uuid AS ticket_id,
    d.category,
    d.confidence::numeric(3, 2) AS confidence_score,
    d.draft_response,
    d.escalation_reason,
    d.policy_gate_triggered <> 0 AS policy_gate_triggered,
    d.policy_gate_code,
    d.model_used,
    least(d.execution_duration_ms, 2147483647)::integer AS execution_duration_ms,
    d.dedupe_key,
    'epoch'::timestamptz + d.created_at * interval '1 microsecond' AS created_at,
    d.tenant
FROM {decisions} AS d
WHERE d.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), d.tenant)
