// Reads dotenv files as node programs do: with npm's dotenv, or as node --env-file.
const fs = require('fs')

const parse = process.argv[2] === 'dotenv' ? require('dotenv').parse : require('util').parseEnv

for (const name of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  let result
  try {
    result = { ...parse(fs.readFileSync(name, 'utf8')) }
  } catch (error) {
    result = String(error)
  }
  console.log(JSON.stringify(result))
}
