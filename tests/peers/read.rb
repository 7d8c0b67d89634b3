# Reads dotenv files as Ruby programs do.
gem "dotenv", "~> 3.2"
require "dotenv"
require "json"

$stdin.each_line(chomp: true) do |name|
  result = begin
    Dotenv.parse(name, overwrite: true)
  rescue Exception => error # its FormatError is a SyntaxError
    "#{error.class}: #{error.message}"
  end
  puts JSON.generate(result)
end
