//go:build headless

package main

import "log/slog"

// A headless build knows nothing of the toolkit: it serves.
const hasWindow = false

func runWindow(*instance, *options, *slog.Logger, error) error { return nil }

func showError(error, *options) {}

func cannotOpenWindow(error) bool { return false }
