package device

import (
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"sluice/engine/mistakes"
)

// ExpressionError says what is wrong with an expression, and where.
type ExpressionError struct {
	// Line and Column count from 1, in characters of the expression.
	Line, Column int
	Problem      error
}

// Error names the place.
func (e *ExpressionError) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *ExpressionError) Words() error {
	return mistakes.Errorf("line %d, column %d: %w", e.Line, e.Column, e.Problem)
}

// expression is compiled, and safe for use by several goroutines.
type expression struct{ program *vm.Program }

// builtins are those of expr-lang whose time and memory are bounded by their arguments. What goes through lists with an
// expression of its own is not among them, nor what multiplies text.
var builtins = []string{
	"len", "type", "abs", "ceil", "floor", "int", "float", "string", "trim", "upper", "lower", "split", "indexOf",
	"hasPrefix", "hasSuffix", "max", "min", "mean", "toJSON", "fromJSON", "toBase64", "fromBase64", "first", "last", "get",
	"keys", "values",
}

// vocabulary is what every expression knows, by its type.
func vocabulary() map[string]any {
	e := newEvaluator()
	e.enter(&scope{})
	return e.env
}

// compile compiles an expression that knows the variables besides. Their types are not known before they are set.
func compile(source string, variables []string, options ...expr.Option) (*expression, error) {
	if len(source) > maxExpressionBytes {
		return nil, &ExpressionError{1, 1, mistakes.Errorf("longer than %d bytes", maxExpressionBytes)}
	}
	env := types.Map{}
	for name, value := range vocabulary() {
		env[name] = types.TypeOf(value)
	}
	env["command"] = types.Any
	for _, name := range variables {
		env[name] = types.Any
	}
	found := &unbounded{}
	all := []expr.Option{
		expr.Env(env), expr.Optimize(false), expr.MaxNodes(maxExpressionNodes), expr.DisableAllBuiltins(), expr.Patch(found),
	}
	for _, name := range builtins {
		all = append(all, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(source, append(all, options...)...)
	if found.first != nil {
		err = found.first.Bind(file.NewSource(source))
	}
	if err != nil {
		return nil, placed(err)
	}
	return &expression{program}, nil
}

// unbounded finds what makes time or memory more than a multiple of the length: a text could be doubled with each let,
// and what goes through a list could be nested.
type unbounded struct{ first *file.Error }

// Visit implements ast.Visitor.
func (u *unbounded) Visit(node *ast.Node) {
	var problem error
	switch (*node).(type) {
	case *ast.VariableDeclaratorNode:
		problem = mistakes.New("let is not known here: a variable of [start] holds a value")
	case *ast.PredicateNode:
		problem = mistakes.New("what evaluates an expression for each of a list is not known here")
	}
	if problem != nil && u.first == nil {
		u.first = &file.Error{Location: (*node).Location(), Message: problem.Error(), Prev: problem}
	}
}

// placed is an error with its place in the expression.
func placed(err error) error {
	var at *file.Error
	if !errors.As(err, &at) {
		return &ExpressionError{1, 1, firstLine(err.Error())}
	}
	problem := plain(firstLine(at.Message))
	if at.Prev != nil && at.Prev.Error() == problem.Error() {
		problem = at.Prev
	}
	return &ExpressionError{max(at.Line, 1), at.Column + 1, problem}
}

// unexpected is how expr-lang says that something else should stand somewhere.
var unexpected = regexp.MustCompile(`^unexpected token (\w+)(?:\("(.*)"\))?$`)

// plain says it for who does not know how expressions are parsed.
func plain(problem error) error {
	m := unexpected.FindStringSubmatch(problem.Error())
	switch {
	case m == nil:
		return problem
	case m[1] == "EOF":
		return mistakes.New("the expression ends too early")
	}
	return mistakes.Errorf("%s is not expected here", m[2])
}

func firstLine(s string) error {
	line, _, _ := strings.Cut(s, "\n")
	return errors.New(strings.TrimSpace(line))
}

// scope is what an expression is evaluated with.
type scope struct {
	name      string
	index     int
	count     uint64 // rounds of publishing so far
	uptime    float64
	clock     float64 // seconds since 1970
	hour      float64 // of the day, UTC
	payload   string  // of the notification
	command   any     // the payload read as JSON, or else the text
	random    *rand.Rand
	variables map[string]any
}

// evaluator runs expressions, one at a time.
type evaluator struct {
	vm     vm.VM
	env    map[string]any
	random *rand.Rand
}

var evaluators = sync.Pool{New: func() any { return newEvaluator() }}

func newEvaluator() *evaluator {
	return &evaluator{vm: vm.VM{MemoryBudget: maxElements}, env: map[string]any{}}
}

// enter makes the scope known.
func (e *evaluator) enter(s *scope) {
	e.random = s.random
	clear(e.env)
	env := e.env
	for name, value := range s.variables {
		env[name] = value
	}
	env["name"], env["index"], env["count"], env["uptime"] = s.name, float64(s.index), float64(s.count), s.uptime
	env["clock"], env["hour"], env["payload"], env["command"] = s.clock, s.hour, s.payload, s.command
	env["uniform"], env["normal"], env["walk"], env["chance"] = e.uniform, e.normal, e.walk, e.chance
	env["pick"], env["round"], env["clamp"], env["wave"] = e.pick, round, clamp, wave
	env["pi"], env["sin"], env["cos"] = math.Pi, math.Sin, math.Cos
	env["bytes"] = e.bytes
}

// run evaluates an expression.
func (x *expression) run(s *scope) (any, error) {
	e := evaluators.Get().(*evaluator)
	defer evaluators.Put(e)
	e.enter(s)
	value, err := e.vm.Run(x.program, e.env)
	if err != nil {
		return nil, placed(err)
	}
	return value, nil
}

// The functions of expressions. Numbers of the environment and of variables are float64.

func (e *evaluator) uniform(low, high float64) float64 { return low + e.random.Float64()*(high-low) }

func (e *evaluator) normal(mean, deviation float64) float64 {
	return mean + e.random.NormFloat64()*deviation
}

// walk is a step of a random walk.
func (e *evaluator) walk(from, step float64) float64 { return from + e.uniform(-step, step) }

func (e *evaluator) chance(probability float64) bool { return e.random.Float64() < probability }

func (e *evaluator) pick(choices ...any) (any, error) {
	if len(choices) == 0 {
		return nil, mistakes.New("pick needs something to pick from")
	}
	return choices[e.random.IntN(len(choices))], nil
}

func (e *evaluator) bytes(n float64) ([]byte, error) {
	if !(n >= 0 && n <= maxText) {
		return nil, mistakes.Errorf("%v bytes are not from 0 to %d", n, maxText)
	}
	b := make([]byte, int(n))
	for i := range b {
		b[i] = byte(e.random.Uint32())
	}
	return b, nil
}

func round(x, digits float64) float64 {
	scale := math.Pow10(int(clamp(digits, 0, 12)))
	return math.Round(x*scale) / scale
}

func clamp(x, low, high float64) float64 { return max(low, min(high, x)) }

// wave is a sine from low to high that takes period from top to top, at x.
func wave(x, period, low, high float64) float64 {
	if period == 0 {
		return low
	}
	return low + (high-low)*(1+math.Cos(2*math.Pi*x/period))/2
}
