// Reads files as Go programs do: dotenv with godotenv, or as docker compose; docker's own --env-file;
// YAML; HCL, as Terraform.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/docker/cli/pkg/kvfile"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/joho/godotenv"
	"github.com/sirupsen/logrus"
	"gopkg.in/yaml.v3"
)

func readDocker(name string) (map[string]string, error) {
	lines, err := kvfile.Parse(name, nil)
	values := map[string]string{}
	for _, line := range lines {
		key, value, _ := strings.Cut(line, "=")
		values[key] = value
	}
	return values, err
}

func readYAML(name string) (map[string]string, error) {
	text, err := os.ReadFile(name)
	values := map[string]string{}
	if err == nil {
		err = yaml.Unmarshal(text, &values)
	}
	return values, err
}

func readHCL(name string) (map[string]string, error) {
	file, faults := hclparse.NewParser().ParseHCLFile(name)
	if faults.HasErrors() {
		return nil, faults
	}
	attributes, faults := file.Body.JustAttributes()
	values := map[string]string{}
	for key, attribute := range attributes {
		value, more := attribute.Expr.Value(nil)
		faults = append(faults, more...)
		if !more.HasErrors() {
			values[key] = value.AsString()
		}
	}
	if faults.HasErrors() {
		return nil, faults
	}
	return values, nil
}

func read(peer, name string) (result any) {
	defer func() {
		if reason := recover(); reason != nil {
			result = fmt.Sprint("panic: ", reason)
		}
	}()
	var values map[string]string
	var err error
	switch peer {
	case "compose":
		values, err = dotenv.ReadFile(name, nil)
	case "docker":
		values, err = readDocker(name)
	case "go-yaml":
		values, err = readYAML(name)
	case "go-hcl":
		values, err = readHCL(name)
	default:
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
