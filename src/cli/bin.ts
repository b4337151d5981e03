#!/usr/bin/env node
/**
 * The executable `restage`: gives `main` this process's streams, and ends the process with the exit code that it
 * returns.
 */
import { keepCompiledCode } from '../compiled-code.ts';
import { consoleToStandardError } from './io/console.ts';
import { processIo } from './io/process-io.ts';
import { main } from './main.ts';

keepCompiledCode();
const io = processIo();
consoleToStandardError(io);
const exitCode = await main(process.argv.slice(2), io);
// Everything is written by now. A stage that ran in this process may have left a timer, which must not keep it alive.
process.exit(exitCode);
