import { describe, expect, test } from 'vitest';
import { alibabaGpu2023Format } from '../../src/workloads/formats/alibaba-gpu-2023.js';
import { detectFormat } from '../../src/workloads/formats/detect.js';
import type { ReadTraceOptions } from '../../src/workloads/formats/format.js';
import { faultOf, readText, taskOf } from './read-text.js';

const header =
  'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n';
const pods =
  'pod-0,12000,16384,1,1000,,LS,Running,0,110,10\n' +
  'pod-1,6000,12288,1,460,V100|V100,LS,Failed,20,25,20\n' +
  'pod-2,100,0.5,0,0,P100|T4,BE,Succeeded,21,22,21\n' +
  'pod-3,100,1,0,0,,BE,Pending,22,30,\n' +
  'pod-4,100,1,0,0,,BE,Running,23,,23\n';

const read = (text: string, options?: ReadTraceOptions) => readText(alibabaGpu2023Format, text, options);

describe('a pod list of Alibaba GPU 2023', () => {
  test('is known by its columns, in any order', () => {
    const bytes = new TextEncoder().encode(`\uFEFFmemory_mib,name,cpu_milli\n`);
    expect(detectFormat('x', bytes, true)).toBe(alibabaGpu2023Format);
  });

  test('becomes tasks from creation, as long as the pod was scheduled', () => {
    const trace = read(header + pods);
    expect(trace).toMatchObject({
      format: 'alibaba-gpu-2023',
      rowCount: 3,
      taskCount: 3,
      dropped: { 'never scheduled': 1, 'end is unknown': 1 },
      frameworks: ['LS', 'BE'],
      roles: ['LS', 'BE'],
      constraints: ['gpu_model=V100', 'gpu_model=P100|T4'],
    });
    expect(taskOf(trace, 0)).toEqual({
      submit: 0,
      duration: 100,
      cpus: 12,
      mem: 16384,
      framework: 'LS',
      role: 'LS',
      job: 'pod-0',
      flags: 0,
    });
    expect(trace.shapes.map(({ gpusMilli }) => gpusMilli)).toEqual([1000, 460, 0]);
    expect([...trace.exit!]).toEqual([0, 1, 0]);
    expect([...trace.constraint!]).toEqual([-1, 0, 1]);
    expect(trace.notices.join()).toContain('2 pods name their gpu models');
  });

  test('may be read without tenants and without gpu models', () => {
    const trace = read(header + pods, { tenant: 'none', settings: new Map([['gpu_spec', 'ignore']]) });
    expect(trace).toMatchObject({ frameworks: ['default'], roles: ['LS', 'BE'], constraints: [] });
    expect(trace.notices.join()).toContain('not used');
    expect(faultOf(() => read(header, { tenant: 'user' }))).toContain(
      '--tenant "user" is nothing this format has',
    );
  });

  test.each([
    ['pod,1,1,0,0,,LS,Running,5,9,4\n', 't:2: scheduled_time is "4"; it is not before creation_time.'],
    ['pod,1,1,0,0,,LS,Running,5,6,7\n', 't:2: deletion_time is "6"; it is not before scheduled_time.'],
    ['pod,x,1,0,0,,LS,Running,0,1,0\n', 't:2: cpu_milli is "x"; it is a whole number, 1000 for a cpu.'],
    ['pod,1,-1,0,0,,LS,Running,0,1,0\n', 't:2: memory_mib is "-1"; it is a number of MiB, 0 or more.'],
    ['pod,1,1,1,1001,,LS,Running,0,1,0\n', 't:2: gpu_milli is "1001"; it is a whole number from 0 to 1000.'],
    ['pod,0,0,0,0,,LS,Running,0,1,0\n', 't:2: the pod asks for nothing.'],
    ['pod,1,1\n', 't:2: the row has 3 columns, the header 11.'],
  ])('has no row such as %j', (row, message) => {
    expect(faultOf(() => read(header + row)).split('\n', 1)[0]).toBe(message);
    expect(Object.values(read(header + row, { skipBadRows: true }).dropped)).toEqual([1]);
  });

  test.each([
    ['sn,cpu_milli,memory_mib,gpu,model\n', 'this is the list of nodes'],
    ['name,cpu_milli,memory_mib,num_gpu,gpu_milli\n', 'the pods have no times'],
    ['name,cpu_milli,memory_mib\n', 'the header has no column num_gpu, gpu_milli'],
    [header.replace('qos', 'name'), 'the column "name" is there twice'],
  ])('is not %j', (text, message) => {
    expect(faultOf(() => read(text))).toContain(`t:1: ${message}`);
  });
});
