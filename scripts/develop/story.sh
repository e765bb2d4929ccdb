#!/usr/bin/env bash
# The life of a ticket, from registering to closing, as requests that you can repeat by hand, and the mails that follow.
# The story starts a Counterdesk and a mail server of its own, checks every answer and every mail, and removes all of it at
# the end. It needs bash, curl and `npm ci`.
set -euo pipefail
usage='Usage: npm run story'
case "${1-}" in
  '') ;;
  --help | -h)
    printf '%s\n\n%s\n' "$usage" 'Tells the story of a ticket with requests and mails, on a program of its own, and checks every answer.'
    exit 0
    ;;
  *)
    printf 'The story takes no options: %s\n%s\n' "$1" "$usage" >&2
    exit 2
    ;;
esac
cd "$(dirname "$0")/../.."
root=$PWD
export PATH="$root/node_modules/.bin:$PATH"
for program in curl node awk; do
  command -v "$program" >/dev/null || { echo "The story needs $program." >&2 && exit 1; }
done
[ -d node_modules/smtp-server ] || { echo 'The story needs the development dependencies: npm ci' >&2 && exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/counterdesk-story-XXXXXX")
chmod 755 "$work" # PostgreSQL runs as another user when we are root
mkdir "$work/mails"
touch "$work/mails/mails.tsv"
product='' sink=''

clean_up() {
  local status=$?
  trap - EXIT
  if [ $status -ne 0 ] && [ -s "$work/product.log" ]; then
    printf '\nThe last lines of the product:\n' >&2
    tail -n 15 "$work/product.log" >&2
  fi
  for process in $product $sink; do kill "$process" 2>/dev/null || true; done
  for process in $product $sink; do wait "$process" 2>/dev/null || true; done
  rm -rf "$work"
  exit $status
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  printf '\nFAILED: %s\n' "$*" >&2
  exit 1
}

# wait_for <seconds> <what> <command…>: until the command succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || fail "$what: did not happen in time"
    [ -z "$product" ] || kill -0 "$product" 2>/dev/null || fail "the product ended by itself"
    sleep 0.1
  done
}

# --- a mail server and a product -------------------------------------------------------------------------------------

set -m # each program gets a process group of its own, so that a Ctrl-C reaches only us, and we end them in order
node src/testing/peers/mail-folder.ts "$work/mails" >"$work/sink.port" 2>"$work/sink.log" &
sink=$!
wait_for 10 'the mail server' test -s "$work/sink.port"

port=$(node --input-type=module -e 'import { findFreePort } from "./src/platform/free-port.ts"; console.log(await findFreePort())')
password=$(node -p 'require("crypto").randomBytes(12).toString("base64url")')
base="http://127.0.0.1:$port"
# A clean environment and another folder, so that neither your variables nor your .env change the story.
(cd "$work" && exec env -i PATH="$PATH" HOME="${HOME:-/}" DATA_DIR="$work/data" PORT="$port" PUBLIC_URL="$base" \
  ADMIN_USER_ID=admin ADMIN_EMAIL=admin@desk.example.com ADMIN_PASSWORD="$password" \
  SMTP_URL="smtp://127.0.0.1:$(cat "$work/sink.port")" MAIL_FROM='Counterdesk <helpdesk@desk.example.com>' \
  node --disable-warning=ExperimentalWarning "$root/src/main.ts") >"$work/product.log" 2>&1 &
product=$!
set +m
wait_for 60 'the product' curl -sf "$base/ready"
echo "Counterdesk runs at $base, its database and its mails are in $work."

# --- how requests are made and looked at ------------------------------------------------------------------------------

# member <name>: a member of the last answer, `user.id` for a nested one.
member() {
  node -e '
    const answer = JSON.parse(require("fs").readFileSync(0, "utf8") || "null")
    const value = process.argv[1].split(".").reduce((part, name) => part?.[name], answer)
    console.log(typeof value === "string" ? value : JSON.stringify(value) ?? "")' "$1" <"$work/answer"
}

# The last answer in one line. Of a ticket it has the members that the story is about. Long values are cut, nulls left out.
compact() {
  node -e '
    const text = require("fs").readFileSync(0, "utf8")
    const shown = ["ticket_id", "subject", "status", "customer_id", "technician_id", "resolution_summary",
      "resolved_date", "closed_date", "follow_up_of", "merged_into", "version"]
    const short = (text) => (text.length > 40 ? text.slice(0, 38) + "…" : text)
    const shorten = (_, value) => {
      if (typeof value === "string") return short(value)
      if (value?.issue_category) return Object.fromEntries(shown.map((name) => [name, value[name] ?? undefined]))
      return value ?? undefined
    }
    console.log(text === "" ? "" : JSON.stringify(JSON.parse(text), shorten))' <"$work/answer"
}

chapter() { printf '\n== %s ==\n' "$*"; }

token='' requests=0
# request <expected status> <method> <path> [body] [header…]: signed in as the person whose token $token is.
request() {
  local expected=$1 method=$2 path=$3 body=${4-} status
  shift 3
  [ $# -eq 0 ] || shift
  local arguments=(-sS -o "$work/answer" -w '%{http_code}' -X "$method" "$base/api$path")
  local shown="curl -X $method $base/api$path"
  [ -z "$token" ] || arguments+=(-H "Authorization: Bearer $token")
  [ -z "$token" ] || shown+=' -H "Authorization: Bearer …"'
  for header in "$@"; do
    arguments+=(-H "$header")
    shown+=" -H '$header'"
  done
  if [ -n "$body" ]; then
    arguments+=(-H 'Content-Type: application/json' -d "$body")
    shown+=" -H 'Content-Type: application/json' -d '${body//"$password"/…}'"
  fi
  : >"$work/answer"
  printf '$ %s\n' "$shown"
  status=$(curl "${arguments[@]}") || fail "$method $path: curl failed"
  printf '  %s %s\n' "$status" "$(compact)"
  [ "$status" = "$expected" ] || fail "$method $path was expected to answer $expected"
  requests=$((requests + 1))
}

# expect <member> <value>: fails unless the last answer has this value.
expect() {
  local value
  value=$(member "$1")
  [ "$value" = "$2" ] || fail "$1 was expected to be \"$2\" and is \"$value\""
}

mails=0
# mails_follow <recipient> <heading> …: fails unless exactly these mails are delivered now, in any order.
mails_follow() {
  local expected='' actual
  local before=$mails
  while [ $# -gt 0 ]; do
    expected+="$1: $2"$'\n'
    mails=$((mails + 1))
    shift 2
  done
  wait_for 10 "mail number $mails" awk -v n="$mails" 'END { exit NR < n }' "$work/mails/mails.tsv"
  actual=$(tail -n +"$((before + 1))" "$work/mails/mails.tsv" | awk -F '\t' '{ print $2 ": " $4 }' | sort)
  expected=$(printf '%s' "$expected" | sort)
  [ "$actual" = "$expected" ] || fail "expected the mails"$'\n'"$expected"$'\n'"and got"$'\n'"$actual"
  awk 'NF { print "  mail to " $0 }' <<<"$actual"
}

customer=cleo@harbour.example.com technician=tess@desk.example.com admin=admin@desk.example.com

# --- the story ---------------------------------------------------------------------------------------------------------

chapter 'A customer registers, and is CUS0001'
request 201 POST /auth/register "{\"name\":\"Cleo Reed\",\"email\":\"$customer\",\"password\":\"$password\"}"
expect customer.customer_id CUS0001
customer_token=$(member token)
mails_follow $customer 'Your account is ready'

chapter 'She creates a ticket, TKT0001, and the admins are told'
token=$customer_token
request 201 POST /tickets '{"subject":"No internet in room 2.14","issue_category":"Network","issue_description":"The laptops say they are connected, but no page loads.","priority":"high"}'
expect ticket_id TKT0001
expect status new
mails_follow $customer 'We have your ticket TKT0001' $admin 'New ticket TKT0001'

chapter 'The admin signs in and creates a technician, TEC0001, who is mailed an invitation'
token=''
request 200 POST /auth/login "{\"user_id_or_email\":\"admin\",\"password\":\"$password\"}"
admin_token=$(member token)
token=$admin_token
request 201 POST /technicians "{\"name\":\"Tess Haddad\",\"email\":\"$technician\",\"phone_number\":\"+44 117 496 0101\",\"category\":\"Network\",\"user_id\":\"tess\"}"
expect technician_id TEC0001
mails_follow $technician 'An account was made for you'

chapter 'The link in the invitation sets the first password'
link=$(grep -o "$base/[^ ]*token=[^ ]*" "$work/mails/$mails.txt" | head -n 1) || fail 'there is no link in the invitation'
echo "  the link in the mail: ${link:0:64}…"
token=''
request 204 POST /auth/password/reset "{\"token\":\"${link##*token=}\",\"password\":\"$password\"}"

chapter 'The admin assigns the ticket: technician and customer are mailed'
token=$admin_token
request 200 PUT /tickets/TKT0001 '{"technician_id":"TEC0001"}'
expect status assigned
mails_follow $technician 'Ticket TKT0001 is yours' $customer 'Your ticket TKT0001 has a technician'

chapter 'The technician signs in, finds it and starts'
token=''
request 200 POST /auth/login "{\"user_id_or_email\":\"tess\",\"password\":\"$password\"}"
technician_token=$(member token)
token=$technician_token
request 200 GET '/tickets?status=assigned'
expect tickets.length 1
expect tickets.0.ticket_id TKT0001
request 200 PATCH /tickets/TKT0001 '{"status":"in_progress"}' "If-Match: \"$(member tickets.0.version)\""
expect status in_progress
mails_follow $customer 'Work on your ticket TKT0001 is going on'

chapter 'She asks the customer a question, and the admin writes a note that the customer never sees'
request 201 POST /tickets/TKT0001/comments '{"visibility":"public","body":"Which socket is the laptop plugged into?"}'
mails_follow $customer 'A comment on your ticket TKT0001'
request 200 PUT /tickets/TKT0001 '{"status":"waiting"}'
mails_follow $customer 'Your ticket TKT0001 is waiting'
token=$admin_token
request 201 POST /tickets/TKT0001/comments '{"visibility":"internal","body":"The cabinet on that floor is due for replacement."}'
mails_follow $technician 'An internal comment on ticket TKT0001'
token=$customer_token
request 200 GET /tickets/TKT0001/comments
expect comments.length 1
expect comments.0.author_name 'Tess Haddad'

chapter 'The customer answers, and the ticket is in progress again'
request 201 POST /tickets/TKT0001/comments '{"visibility":"public","body":"The one by the window, number 14."}'
mails_follow $technician 'A comment on ticket TKT0001'
request 200 GET /tickets/TKT0001
expect status in_progress
token=$technician_token
request 200 GET /tickets/TKT0001

chapter 'She resolves the ticket, and the customer reads how'
request 200 PATCH /tickets/TKT0001 '{"status":"resolved","resolution_summary":"The patch cable in the floor cabinet was loose. Plugged in again."}' "If-Match: \"$(member version)\""
expect status resolved
mails_follow $customer 'Your ticket TKT0001 is resolved'

chapter 'The fault comes back, and the customer reopens the ticket'
token=$customer_token
request 200 POST /tickets/TKT0001/reopen
expect status in_progress
expect resolved_date null
mails_follow $technician 'Ticket TKT0001 is open again'

chapter 'The technician resolves the ticket again'
token=$technician_token
request 200 PUT /tickets/TKT0001 '{"status":"resolved","resolution_summary":"The cable was damaged, not only loose. Replaced it."}'
expect status resolved
mails_follow $customer 'Your ticket TKT0001 is resolved'

chapter 'She closes the ticket, and nobody can reopen it'
request 200 POST /tickets/TKT0001/close
expect status closed
mails_follow $customer 'Your ticket TKT0001 is closed'
token=$customer_token
request 422 POST /tickets/TKT0001/reopen
expect code ticket_closed

chapter 'When the fault comes back once more, the customer creates a follow-up'
request 422 POST /tickets/TKT0001/comments '{"visibility":"public","body":"It is down again."}'
expect follow_up_of TKT0001
request 201 POST /tickets '{"subject":"No internet in room 2.14, again","issue_category":"Network","issue_description":"As in TKT0001.","follow_up_of":"TKT0001"}'
expect follow_up_of TKT0001
mails_follow $customer 'We have your ticket TKT0002' $admin 'New ticket TKT0002'

chapter 'All mails that were delivered'
sleep 0.5 # one mail too many would have come by now
awk -F '\t' '{ printf "  %-26s %-38s %s\n", $2, $3, $4 }' "$work/mails/mails.tsv"
delivered=$(wc -l <"$work/mails/mails.tsv")
[ "$delivered" -eq "$mails" ] || fail "$mails mails were expected and $delivered came"

printf '\nThe story is told: %s requests were answered as expected, %s mails were delivered, in %s s.\n' \
  "$requests" "$delivered" "$SECONDS"
