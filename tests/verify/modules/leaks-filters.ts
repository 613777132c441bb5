/** drf that never forgets what was refused. */
import { createAllocator, defineAllocator } from 'agora-sim';

export default defineAllocator({
  create: (options) => {
    const allocator = createAllocator('drf', options);
    const decline = allocator.decline.bind(allocator);
    allocator.decline = (framework, role, agent, resources, _refuseUs, now) =>
      decline(framework, role, agent, resources, Number.MAX_SAFE_INTEGER, now);
    return allocator;
  },
});
