// What build-aux/peers.sh downloads as test data. Nothing of it is compiled.
module vectors

go 1.19

require (
	c2sp.org/CCTV/age v0.0.0-20251208015420-e9274a7bdbfd
	github.com/toml-lang/toml-test/v2 v2.2.0
)
