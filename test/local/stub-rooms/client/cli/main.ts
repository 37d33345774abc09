/** Stands for the command line: says how it was called. */
const { TEMPORAL_ADDRESS, LOCKSTEP_READER_URL } = process.env;
console.log(`cli ${process.argv.slice(2).join(' ')} temporal=${TEMPORAL_ADDRESS} reader=${LOCKSTEP_READER_URL}`);
