CASE WHEN length(known.subscription ->> 'frequency_weeks') < 10
         THEN (known.subscription ->> 'frequency_weeks')::integer
    END AS frequency_weeks,
    known.subscription ->> 'external_id' AS seal_subscription_id,
    -- Counted from the first of the month, because a day that does not exist must not fail.
    CASE WHEN known.subscription ->> 'next_billing_date'
              ~ '^[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'
         THEN (left(known.subscription ->> 'next_billing_date', 8) || '01')::date
              + right(known.subscription ->> 'next_billing_date', 2)::integer - 1
    END AS next_billing_date
