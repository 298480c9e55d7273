SELECT 
  t.*,
  c.id AS customer_id,
  c.first_name,
  c.last_name,
  s.status AS subscription_status,
  s.box_size,
  s.frequency_weeks,
  s.seal_subscription_id,
  s.next_billing_date,
  d.policy_gate_triggered,
  d.policy_gate_code,
  d.id AS decision_id,
  CASE
    WHEN t.is_outbound THEN 4
    WHEN t.ai_escalation_reason IS NOT NULL THEN 1
    WHEN t.ai_confidence < 0.7 THEN 2
    ELSE 3
  END AS priority
FROM raw_ops.support_tickets t
LEFT JOIN raw_ops.customers c ON c.email = t.customer_email
LEFT JOIN raw_ops.subscriptions s ON s.customer_id = c.id
LEFT JOIN raw_ops.cs_agent_decisions d ON d.ticket_id = t.id
WHERE t.status NOT IN ('resolved', 'closed');
