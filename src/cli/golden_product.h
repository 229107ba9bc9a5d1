/* golden_product.h: the product that the golden iterations build: a network of parcel lockers. Tables only. */
#ifndef TRIMODAL_CLI_GOLDEN_PRODUCT_H
#define TRIMODAL_CLI_GOLDEN_PRODUCT_H

#include <stddef.h>

#define PRODUCT_REQUIREMENTS 14
#define PRODUCT_SERVICES 10
#define PRODUCT_CONTRACTS 8 /* the first services have one each */
#define PRODUCT_MODULES_PER_SERVICE 8
#define PRODUCT_MODULES (PRODUCT_SERVICES * PRODUCT_MODULES_PER_SERVICE)
#define PRODUCT_FEATURES 12
#define PRODUCT_SCENARIOS_MAX 9 /* of one feature */
#define PRODUCT_SCENARIOS 100
#define PRODUCT_STAGES 12

struct product_requirement {
    const char *id, *name, *description;
};

struct product_service {
    const char *id, *component;
    const char *contract, *version;    /* NULL without */
    const char *entity, *rule;         /* domain modules */
    const char *command, *query;       /* application modules */
    const char *requirement;           /* of the service task; NULL: found by the names */
    const char *service_task;          /* names of the tasks */
    const char *domain_requirement;
    const char *domain_task;
};

struct product_feature {
    const char *path, *name;
    int service;                       /* index, for its contract */
    const char *requirement;
    const char *given, *when, *then;
    const char *message;               /* what a failing `then` says; may hold one %d */
    const char *scenarios[PRODUCT_SCENARIOS_MAX + 1];
};

/* Tasks after the services are built: gates and the way to staging. */
struct product_stage {
    const char *id, *name, *type, *capability;
    const char *gate;                  /* of QUALITY_GATE tasks */
    const char *depends_on;            /* NULL: every service's tests */
    const char *artifact;              /* or NULL */
    int minutes_tenths;                /* how long it takes */
};

extern const struct product_requirement product_requirements[PRODUCT_REQUIREMENTS];
extern const struct product_service product_services[PRODUCT_SERVICES];
extern const struct product_feature product_features[PRODUCT_FEATURES];
extern const struct product_stage product_stages[PRODUCT_STAGES];

#endif
