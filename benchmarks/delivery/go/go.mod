module digest.example/benchmarks/delivery

go 1.23

require github.com/knadh/smtppool/v2 v2.2.0
