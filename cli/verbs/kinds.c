/* Services, and the variables that their own tools read. */
#include "kinds.h"

#include <string.h>

const struct kind kinds[] = {
    {"postgres", {"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"}},
    {"mysql",
     {"MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_PWD",
      "MYSQL_DATABASE"}},
    {"mongodb",
     {"MONGODB_URI", "MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY",
      "MONGODB_ATLAS_ORG_ID", "MONGODB_ATLAS_PROJECT_ID"}},
    {"redis", {"REDIS_URL", "REDISCLI_AUTH"}},
    {"aws", {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"}},
    {"gcp",
     {"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT",
      "CLOUDSDK_COMPUTE_REGION"}},
    {"azure",
     {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_SUBSCRIPTION_ID"}},
    {"github", {"GITHUB_TOKEN", "GH_TOKEN", "GH_HOST"}},
    {"gitlab", {"GITLAB_TOKEN", "GITLAB_HOST"}},
    {"openai", {"OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL"}},
    {"anthropic", {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"}},
    {"huggingface", {"HF_TOKEN", "HF_ENDPOINT"}},
    {"wandb", {"WANDB_API_KEY", "WANDB_ENTITY", "WANDB_PROJECT", "WANDB_BASE_URL"}},
    {"stripe",
     {"STRIPE_API_KEY", "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"}},
    {"slack", {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_WEBHOOK_URL"}},
    {"sentry", {"SENTRY_DSN", "SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT"}},
    {"twilio", {"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET"}},
    {"sendgrid", {"SENDGRID_API_KEY"}},
    {"smtp", {"SMTP_HOST", "SMTP_PORT", "SMTP_USERNAME", "SMTP_PASSWORD", "SMTP_FROM"}},
    {"docker-registry",
     {"DOCKER_REGISTRY", "DOCKER_USERNAME", "DOCKER_PASSWORD", "DOCKER_AUTH_CONFIG"}},
};

const size_t kind_count = sizeof kinds / sizeof *kinds;

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < kind_count; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}
