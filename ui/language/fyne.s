// Lets the compiler take a function without a body: see fyne.go.
