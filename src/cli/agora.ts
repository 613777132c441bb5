#!/usr/bin/env node
import process from 'node:process';
import { agora } from './agora-main.js';
import { processTerminal } from './process-terminal.js';

process.exitCode = await agora(process.argv.slice(2), processTerminal('agora'));
