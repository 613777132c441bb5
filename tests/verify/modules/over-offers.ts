/** drf that offers 0.001 cpus more than there are. */
import { createAllocator, defineAllocator, Resources } from 'agora-sim';

export default defineAllocator({
  create: (options) => {
    const allocator = createAllocator('drf', options);
    const allocate = allocator.allocate.bind(allocator);
    allocator.allocate = (now, scope, sink) => {
      allocate(now, scope, (framework, offers) => {
        const more = offers.map((offer) => ({
          ...offer,
          resources: offer.resources.plus(Resources.plain(1, 0)),
        }));
        sink(framework, more);
      });
    };
    return allocator;
  },
});
