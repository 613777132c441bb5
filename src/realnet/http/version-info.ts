import type { Micros } from '../../cluster/ids.js';
import { API_VERSION } from '../wire/master-info.js';

/** What `/version` says: a version of three whole numbers, because clients read it so. */
export function versionInfo(startedUs: Micros): object {
  const seconds = Math.floor(startedUs / 1e6);
  const date = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return { version: API_VERSION, build_date: date, build_time: seconds, build_user: 'agora' };
}
