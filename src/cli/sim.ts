#!/usr/bin/env node
import process from 'node:process';
import { processTerminal } from './process-terminal.js';

// Ctrl-C is heard from here on, before the rest of the program is read.
const terminal = processTerminal('sim');
const { main } = await import('./main.js');
process.exitCode = await main(process.argv.slice(2), terminal);
