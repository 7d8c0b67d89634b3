// Reads dotenv files as Go programs do: with godotenv, or as docker compose.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/joho/godotenv"
	"github.com/sirupsen/logrus"
)

func read(peer, name string) (result any) {
	defer func() {
		if reason := recover(); reason != nil {
			result = fmt.Sprint("panic: ", reason)
		}
	}()
	var values map[string]string
	var err error
	if peer == "compose" {
		values, err = dotenv.ReadFile(name, nil)
	} else {
		values, err = godotenv.Read(name)
	}
	if err != nil {
		return err.Error()
	}
	return values
}

func main() {
	logrus.SetLevel(logrus.PanicLevel) // variables that are not set
	names := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for names.Scan() {
		if err := out.Encode(read(os.Args[1], names.Text())); err != nil {
			panic(err)
		}
	}
}
