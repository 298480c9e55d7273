-- Accuracy by category
SELECT 
  ai_category,
  COUNT(*) FILTER (WHERE draft_usage = 'sent_as_is') as sent_as_is,
  COUNT(*) FILTER (WHERE draft_usage IN ('minor_edits', 'major_rewrite', 'replaced')) as edited,
  ROUND(
    COUNT(*) FILTER (WHERE draft_usage = 'sent_as_is') * 100.0 / COUNT(*), 1
  ) as accuracy_pct
FROM raw_ops.support_tickets
WHERE resolved_at > NOW() - INTERVAL '30 days'
  AND draft_usage IS NOT NULL
GROUP BY ai_category
ORDER BY accuracy_pct DESC;
