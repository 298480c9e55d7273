-- Defines the SQL views over the tables of the live read models, and lets roles read them that
-- exist. The program puts the views' texts in place of {views}: name, schema and definition, in
-- which {tickets} stands for the live table of the read model tickets, and so on.
--
-- Nothing here may stop Casebook: what cannot be done is a warning, and what analysts hold locks on
-- is left for the next time. Views stay the same objects, so what others built on them stays too.
--
-- Ours is a wanted view that bears our comment and that we own. A comment alone says nothing: who
-- may make views may write any, and readers would be granted what such a view looks at.
DO $apply$
DECLARE
    wanted CONSTANT json := $views${views}$views$;
    -- In the comment of each view: whose it is, and which text and tables made it.
    owned CONSTANT text := 'A view of Casebook, made by it anew when it changes. ';
    item record;
    model record;
    reader record;
    beneath record;
    definition text;
    mark text;
    usable text[] := '{}';
    present regclass;
    is_ours boolean;
    -- The wanted views that are ours.
    ours oid[] := '{}';
    patience CONSTANT text := current_setting('lock_timeout');
BEGIN
    PERFORM set_config('lock_timeout', '500ms', true);
    BEGIN
        -- One process at a time ("caseview").
        PERFORM pg_advisory_xact_lock(x'6361736576696577'::bigint);
    EXCEPTION WHEN lock_not_available THEN
        RAISE WARNING 'somebody else is at the SQL views; they are left for the next time';
        PERFORM set_config('lock_timeout', patience, true);
        RETURN;
    END;
    PERFORM set_config('lock_timeout', '100ms', true);

    FOR item IN SELECT DISTINCT value ->> 'schema' AS name FROM json_array_elements(wanted) LOOP
        BEGIN
            IF to_regnamespace(item.name) IS NULL THEN
                EXECUTE format('CREATE SCHEMA %I', item.name);
            ELSIF NOT has_schema_privilege(item.name, 'USAGE')
                OR NOT has_schema_privilege(item.name, 'CREATE')
            THEN
                RAISE insufficient_privilege USING MESSAGE = 'it belongs to somebody else';
            END IF;
            usable := usable || item.name;
        EXCEPTION WHEN others THEN
            RAISE WARNING 'the SQL views of schema % cannot be made: %; grant CREATE on the '
                'database to %, or make it the owner of the schema',
                item.name, SQLERRM, current_user;
        END;
    END LOOP;

    FOR item IN
        SELECT value ->> 'schema' AS schema, value ->> 'name' AS name, value ->> 'sql' AS sql
        FROM json_array_elements(wanted)
    LOOP
        CONTINUE WHEN item.schema <> ALL (usable);
        definition := item.sql;
        FOR model IN SELECT name, table_name FROM read_models WHERE state = 'live' LOOP
            definition := replace(definition, '{' || model.name || '}', model.table_name);
        END LOOP;
        mark := owned || md5(definition);
        present := to_regclass(format('%I.%I', item.schema, item.name));
        IF present IS NOT NULL THEN
            SELECT relkind = 'v' AND pg_get_userbyid(relowner) = current_user
                AND coalesce(obj_description(oid, 'pg_class'), '') LIKE owned || '%'
            INTO is_ours FROM pg_class WHERE oid = present;
            IF is_ours IS NOT TRUE THEN
                RAISE WARNING '%.% is not of Casebook and stays as it is', item.schema, item.name;
                CONTINUE;
            END IF;
            ours := ours || present::oid;
            CONTINUE WHEN obj_description(present, 'pg_class') = mark;
        END IF;
        BEGIN
            BEGIN
                EXECUTE definition;
            EXCEPTION WHEN invalid_table_definition THEN
                -- Another version of the program has other columns.
                RAISE WARNING '%.% has new columns; views of others on it are dropped',
                    item.schema, item.name;
                EXECUTE format('DROP VIEW %I.%I CASCADE', item.schema, item.name);
                EXECUTE definition;
            END;
            EXECUTE format('COMMENT ON VIEW %I.%I IS %L', item.schema, item.name, mark);
            ours := ours || format('%I.%I', item.schema, item.name)::regclass::oid;
        EXCEPTION WHEN others THEN
            RAISE WARNING 'the SQL view %.% stays as it was: % (SQLSTATE %)',
                item.schema, item.name, SQLERRM, SQLSTATE;
        END;
    END LOOP;

    -- Readers get the views and exactly the columns beneath that the views read.
    FOR reader IN
        SELECT rolname AS name FROM pg_roles
        WHERE rolname IN ('service_role', 'casebook_analyst')
    LOOP
        FOR item IN
            SELECT n.nspname AS schema, c.relname AS name
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.oid = ANY (ours)
        LOOP
            BEGIN
                IF NOT has_schema_privilege(reader.name, item.schema, 'USAGE') THEN
                    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', item.schema, reader.name);
                END IF;
                IF NOT has_table_privilege(
                    reader.name, format('%I.%I', item.schema, item.name), 'SELECT')
                THEN
                    EXECUTE format('GRANT SELECT ON %I.%I TO %I',
                        item.schema, item.name, reader.name);
                END IF;
                FOR beneath IN
                    SELECT table_schema, table_name,
                        string_agg(quote_ident(column_name), ', ') AS columns
                    FROM information_schema.view_column_usage
                    WHERE view_schema = item.schema AND view_name = item.name
                      AND NOT has_column_privilege(reader.name,
                          format('%I.%I', table_schema, table_name), column_name, 'SELECT')
                    GROUP BY table_schema, table_name
                LOOP
                    EXECUTE format('GRANT SELECT (%s) ON %I.%I TO %I', beneath.columns,
                        beneath.table_schema, beneath.table_name, reader.name);
                END LOOP;
            EXCEPTION WHEN others THEN
                RAISE WARNING '% may not read %.%: % (SQLSTATE %)',
                    reader.name, item.schema, item.name, SQLERRM, SQLSTATE;
            END;
        END LOOP;
    END LOOP;

    PERFORM set_config('lock_timeout', patience, true);
END;
$apply$
