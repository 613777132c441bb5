import { canExplain, isCandidate, type Explaining } from '../../allocators/explain/explaining.js';
import type { CycleExplanation } from '../../allocators/explain/reasons.js';
import { explanationText, offerJson, unservedJson } from '../../allocators/explain/text.js';
import type { MasterHost } from '../master/master-host.js';
import { Each, encodeSliced, Sliced } from '../wire/sliced.js';
import { inSlices } from '../wire/slices.js';
import { mapped } from '../state/v1-state.js';
import { only, refuse, type Handler } from './exchange.js';
import { SlicedAnswers } from './sliced-answer.js';

/** Mesos cannot say why it makes no offer; this path is Agora's own. */
export const EXPLAIN_PATH = '/agora/v1/explain';

/**
 * What an allocation cycle over all agents would do now, and why it passes over whom; nothing changes. `?role=R` and
 * `?framework=NAME|ID` ask of some only. Beside the reasons with their numbers, `text` has them in words.
 */
export function explainApi(host: MasterHost): Handler {
  const explain = paced();
  const answers = new SlicedAnswers();
  return only('GET', async (exchange) => {
    const { allocator, roles } = host.master.cluster;
    if (!canExplain(allocator)) {
      refuse(exchange, { status: 501, reason: `the allocator ${allocator.name} cannot explain its cycles` });
      return;
    }
    const role = exchange.query.get('role') ?? undefined;
    const framework = exchange.query.get('framework') ?? undefined;
    const isNamed = (name: string, id: number): boolean =>
      framework === undefined || framework === name || host.names.framework(id) === framework;
    const known = [...host.master.frameworks].filter(({ removed }) => !removed);
    if (role !== undefined && !known.some(({ info }) => info.roles.some((id) => roles.path(id) === role))) {
      refuse(exchange, { status: 404, reason: `no framework has the role "${role}"` });
      return;
    }
    if (!known.some(({ info, id }) => isNamed(info.name, id)) && framework !== undefined) {
      refuse(exchange, { status: 404, reason: `there is no framework "${framework}"` });
      return;
    }
    const whole = await explain(allocator, host.now);
    const isAsked = role !== undefined || framework !== undefined;
    const unserved = whole.unserved.filter(
      (each) =>
        (role ?? each.rolePath) === each.rolePath &&
        isNamed(each.name, each.framework) &&
        (isAsked || isCandidate(each)),
    );
    const explanation = { ...whole, unserved };
    const agent = (id: number): string => host.names.agent(id);
    const short = (id: number): string => /S\d+$/.exec(agent(id))?.[0] ?? agent(id);
    const make = function* (): Generator<undefined, readonly Uint8Array[]> {
      yield undefined;
      const message = new Sliced({
        text: explanationText(explanation, short, clockText(whole.atUs)),
        at: whole.atUs / 1e6,
        ...(whole.sorters && { sorters: whole.sorters }),
        offers: new Each(mapped(whole.offers, (offer) => offerJson(offer, agent))),
        unserved: new Each(mapped(unserved, (each) => unservedJson(each, agent, isoText))),
      });
      return yield* encodeSliced(undefined, 'json', message);
    };
    await answers.send(exchange, 'application/json', `${whole.atUs} ${exchange.query.toString()}`, make);
  });
}

/** An answer that took this long is given again for a while. */
const LONG_MS = 250;
/** For so many times as long as it took. */
const PAUSE = 9;

/**
 * Explains, in no more than a tenth of the time: in a large cluster it takes most of a second, with a few parts of a tenth of
 * a second in which nothing else runs. Who asks meanwhile gets the same answer; its time is in it.
 */
export function paced(
  clockMs = () => performance.now(),
): (allocator: Pick<Explaining, 'explaining'>, nowUs: number) => Promise<CycleExplanation> {
  let kept: { readonly answer: Promise<CycleExplanation>; untilMs: number } | undefined;
  return (allocator, nowUs) => {
    const beganMs = clockMs();
    if (kept !== undefined && beganMs < kept.untilMs) return kept.answer;
    const made = { answer: inSlices(allocator.explaining(nowUs)), untilMs: Infinity };
    kept = made;
    const end = (): void => {
      const tookMs = clockMs() - beganMs;
      made.untilMs = tookMs > LONG_MS ? beganMs + (1 + PAUSE) * tookMs : beganMs;
    };
    made.answer.then(end, () => {
      made.untilMs = beganMs;
    });
    return made.answer;
  };
}

/** Times of the wall clock, and how far off those are that are to come. */
function clockText(nowUs: number): (us: number) => string {
  return (us) => {
    const clock = new Date(us / 1000).toISOString().slice(11, 19);
    return us > nowUs ? `${clock} UTC (in ${Math.ceil((us - nowUs) / 1e6)} s)` : `${clock} UTC`;
  };
}

/** In JSON, which may be read later, with the day and without what is relative. */
function isoText(us: number): string {
  return new Date(us / 1000).toISOString();
}
