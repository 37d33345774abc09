/** Runs before each test file: no test may reach the servers or credentials that a developer has in the environment. */
for (const name of Object.keys(process.env)) {
  if (name === 'LOCKSTEP_CACHE_DIR') continue;
  if (/^(LOCKSTEP_|TEMPORAL_|DATABASE_URL$|OKTA_|ATLASSIAN_)/.test(name)) delete process.env[name];
}
