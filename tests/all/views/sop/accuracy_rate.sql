-- AI accuracy rate (last 30 days)
SELECT 
  draft_usage,
  COUNT(*) as count,
  ROUND(COUNT(*) * 100.0 / SUM(COUNT(*)) OVER (), 1) as percentage
FROM raw_ops.support_tickets
WHERE resolved_at > NOW() - INTERVAL '30 days'
  AND draft_usage IS NOT NULL
GROUP BY draft_usage
ORDER BY count DESC;
