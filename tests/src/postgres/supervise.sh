# Runs one PostgreSQL for as long as standard input stays open, then removes it and its folder.
# The test process holds the other end, so that its death, even by kill -9, ends the server.
# Arguments: folder, folder of the programs, port, then the words that switch the user.
folder=$1 programs=$2 port=$3
shift 3
trap '' INT TERM HUP

clean_up() {
    "$@" "$programs/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1
    rm -rf "$folder"
}

"$@" "$programs/initdb" --pgdata="$folder/data" --username=casebook --pwfile="$folder/password" \
    --auth=password --encoding=UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 </dev/null || {
    echo "initdb failed: $(tail -n 3 "$folder/initdb.log")"
    clean_up "$@"
    exit 1
}
cat "$folder/settings" >>"$folder/data/postgresql.conf"
"$@" "$programs/pg_ctl" -D "$folder/data" -l "$folder/server.log" -o "-p $port" -w -t 60 start \
    >/dev/null 2>&1 </dev/null || {
    echo "start failed: $(tail -n 3 "$folder/server.log")"
    clean_up "$@"
    exit 1
}
echo ready
cat >/dev/null
clean_up "$@"
