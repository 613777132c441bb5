import type { Micros } from '../../cluster/ids.js';
import type { Schedulers } from '../master/schedulers.js';
import { API_VERSION, type MasterAddress } from '../wire/master-info.js';
import { answerEmpty, answerJson, only, refuse, type Handler } from './exchange.js';
import { schedulerApi } from './scheduler-api.js';

export interface MasterFace {
  readonly schedulers: Schedulers;
  readonly address: MasterAddress;
  readonly startedUs: Micros;
}

/** Everything that a master serves, by path. */
export function masterRoutes({ schedulers, address, startedUs }: MasterFace): Map<string, Handler> {
  return new Map<string, Handler>([
    ['/api/v1/scheduler', schedulerApi(schedulers)],
    ['/health', only('GET', (exchange) => answerEmpty(exchange, 200))],
    ['/version', only('GET', (exchange) => answerJson(exchange, versionInfo(startedUs)))],
    ['/redirect', only('GET', redirect(address))],
  ]);
}

function versionInfo(startedUs: Micros): object {
  const seconds = Math.floor(startedUs / 1e6);
  const date = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return { version: API_VERSION, build_date: date, build_time: seconds, build_user: 'agora' };
}

/** To the leading master: this one (W-1.7). */
function redirect(address: MasterAddress): Handler {
  return (exchange) => {
    if (exchange.path !== '/redirect') {
      refuse(exchange, { status: 404, reason: 'there is nothing behind /redirect' });
      return;
    }
    exchange.response.setHeader('Location', `//${address.hostname}:${address.port}`);
    answerEmpty(exchange, 307);
  };
}
