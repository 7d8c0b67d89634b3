module vault/tests/peers

go 1.23

require (
	github.com/compose-spec/compose-go/v2 v2.9.1
	github.com/joho/godotenv v1.5.1
	github.com/sirupsen/logrus v1.9.0
)

require golang.org/x/sys v0.5.0 // indirect
