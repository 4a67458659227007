package perrequest

import (
	"context"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

func use(aws.Config) {}

func inAHandler(w http.ResponseWriter, r *http.Request) {
	cfg, err := irsa.LoadConfig(r.Context()) // want `irsa.LoadConfig in an HTTP handler makes new credentials each time`
	if err != nil {
		return
	}
	use(cfg)
}

type server struct{ cfg *aws.Config }

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = config.LoadDefaultConfig(r.Context()) // want `config.LoadDefaultConfig in an HTTP handler`
}

func inAHandlerThatIsMade() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = irsa.LoadConfig(r.Context()) // want `in an HTTP handler`
	})
}

func inAHandlerThatReturnsAnError(w http.ResponseWriter, r *http.Request) error {
	_, err := irsa.NewProvider(aws.Config{}, irsa.Options{}) // want `irsa.NewProvider in an HTTP handler`
	return err
}

func inAGoroutineOfAHandler(w http.ResponseWriter, r *http.Request) {
	go func() {
		_, _ = irsa.LoadConfig(context.Background()) // want `in an HTTP handler`
	}()
}

func forEachRegion(ctx context.Context, regions []string) error {
	for _, region := range regions {
		cfg, err := irsa.LoadConfig(ctx, config.WithRegion(region)) // want `irsa.LoadConfig in a loop`
		if err != nil {
			return err
		}
		use(cfg)
	}
	return nil
}

func inALoopForEver(ctx context.Context, work chan string) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-work:
			cfg, _ := config.LoadDefaultConfig(ctx) // want `in a loop`
			use(cfg)
		}
	}
}

func aBreakOfSomethingElse(ctx context.Context, regions []string) {
	for range regions {
		cfg, _ := irsa.LoadConfig(ctx) // want `in a loop`
		switch cfg.Region {
		case "":
			break
		}
	}
}

func beforeServing(ctx context.Context) (http.Handler, error) {
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { use(cfg) }), nil
}

func untilItSucceeds(ctx context.Context) (aws.Config, error) {
	var last error
	for range 3 {
		cfg, err := irsa.LoadConfig(ctx)
		if err == nil {
			return cfg, nil
		}
		last = err
	}
	return aws.Config{}, last
}

func untilABreak(ctx context.Context) (cfg aws.Config, err error) {
	for {
		cfg, err = irsa.LoadConfig(ctx)
		if err != nil {
			continue
		}
		break
	}
	return cfg, err
}

func whileThereIsAnError(ctx context.Context) (cfg aws.Config) {
	err := context.Cause(ctx)
	for err != nil {
		cfg, err = irsa.LoadConfig(ctx)
	}
	return cfg
}

func onceForAllRequests(s *server) http.HandlerFunc {
	var once sync.Once
	return func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() {
			cfg, _ := irsa.LoadConfig(context.Background())
			s.cfg = &cfg
		})
	}
}

func whereItIsNotLoadedYet(s *server) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.cfg == nil {
			cfg, _ := irsa.LoadConfig(r.Context())
			s.cfg = &cfg
		}
	}
}

func oneLoaderForManyConfigs(ctx context.Context, regions []string) {
	var loader irsa.Loader
	for _, region := range regions {
		cfg, _ := loader.LoadConfig(ctx, config.WithRegion(region))
		use(cfg)
	}
}

func whereTheLoopBegins(ctx context.Context) {
	for cfg, err := irsa.LoadConfig(ctx); err != nil; {
		use(cfg)
	}
}

func aFunctionThatIsOnlyMade(regions []string) (loads []func() error) {
	for range regions {
		loads = append(loads, func() error {
			_, err := irsa.LoadConfig(context.Background())
			return err
		})
	}
	return loads
}

func otherParameters(w http.ResponseWriter, name string) {
	_, _ = irsa.LoadConfig(context.Background())
}
