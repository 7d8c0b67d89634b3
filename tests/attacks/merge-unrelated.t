#!/bin/sh
# Promise 13: No merge makes a machine accept an environment key that it refused before.
# On a branch an environment is recreated, renamed or copied, and takes the name of another one. No
# value and no reader may cross from one to the other.
. "$(dirname "$0")/merging.sh"

repository repo
given as alice vault env create dev
given as alice vault create db PASSWORD=of-dev -e dev
commit alice dev
git tag start
given as alice elsewhere vault get db/PASSWORD -e dev

takes_place() { # NAME COMMAND…: makes a different prod on a branch
    name=$1
    shift
    branch "$name" start
    given as alice elsewhere vault env delete prod -y
    given "$@"
    commit mallory "$name"
    git checkout -q main
}
given as alice vault set db/USER=app2 -e prod
commit alice 'another user'

takes_place anew as alice elsewhere vault env create prod
stops 'the environment prod' as alice git merge -q -m merged anew
stderr_has 'nothing leads from one key to the other' 'made anew'
waits 'prod'
again
takes_place renamed as alice elsewhere vault env rename dev prod
stops 'the environment prod' as alice git merge -q -m merged renamed
again
takes_place copied as alice elsewhere vault env copy dev prod
stops 'the environment prod' as alice git merge -q -m merged copied
ok 'no value has crossed' not grep -q of-dev vault.toml
given as alice setsid -w "$BIN" merge --ours
is 'ours is ours' "$(as alice vault get db/USER -e prod)" app2
again

# Taking theirs means a key that this machine has not accepted: vault trust is needed first.
stops 'the environment prod' as alice git merge -q -m merged copied
attack 5 'another key than this machine knows' 'vault trust prod' as alice setsid -w "$BIN" merge --theirs
again

# mallory, who has no key, puts her own prod in its place, on either side.
branch planted start
as mallory vault env delete prod -y >/dev/null 2>&1
given as mallory vault env create prod --reader "mallory=$(key_of mallory)" --reader "alice=$(key_of alice)"
commit mallory planted
git checkout -q main
stops 'the environment prod' as alice git merge -q -m merged planted
again
stops 'prod' as alice git rebase -q planted main
again

# Control: an environment with a new name is merged without a question.
branch honest start
given as alice elsewhere vault env copy dev qa
commit alice qa
git checkout -q main
given as alice git merge -q -m merged honest
is 'a new one is merged' "$(as alice vault get db/PASSWORD -e qa 2>/dev/null)" of-dev
done_testing
