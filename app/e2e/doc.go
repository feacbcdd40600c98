// Package e2e holds no code but tests: they start the built program as a user does and talk to it with the clients
// users have. They need the build tag e2e; `make test` builds the programs and runs them.
package e2e
