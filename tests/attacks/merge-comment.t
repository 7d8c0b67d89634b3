#!/bin/sh
# Promise 14: No merge brings back an older value, or one under a rotated-out key, without asking.
# The file has a comment with a lone quote. The password below it is deleted, and a branch brings
# its old lines back.
. "$(dirname "$0")/merging.sh"

repository repo
sed '1i\
# next to the 19" rack
' vault.toml >new && mv new vault.toml
commit mallory 'a comment'
given as alice vault set db/PASSWORD=second -e prod
commit alice 'another password'
bring_password_back
stops 'theirs stood here before' as alice git merge -q -m merged back
again

# Control: a new value below the comment.
honest_branch app2
given as alice git merge -q -m merged honest
is 'an honest value is merged' "$(as alice vault get db/USER -e prod)" app2
done_testing
