// Package keys makes of kept certificates and pre-shared keys what simulated devices show over coaps: all the same, or each
// its own.
package keys
