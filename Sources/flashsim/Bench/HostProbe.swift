internal import Dispatch
internal import HBMSim
internal import KernelInterface
internal import NaiveAttention
internal import SIMDKernels

/// This computer: what its resources do, as subjects of measurements.
///
/// Unsafe: it hands memory of its own to kernels.
final class HostProbe: @unchecked Sendable {
  /// Bytes of each of the two arrays that are read and copied.
  let arrayBytes: Int
  private let kernels = InstructionSet.best.kernels
  private let source: UnsafeMutablePointer<Float>
  private let target: UnsafeMutablePointer<Float>
  private let product = SquareProduct(size: 1024)

  /// Floats of a line of the arrays.
  private static let lanes = 4096
  /// Floats of the tile that exponentials are computed of: 16 KiB, half of a small L1 cache.
  private static let tileCount = 4096

  /// Creates arrays that no cache holds a good part of: four times the last one.
  init() {
    let lineBytes = 4 * Self.lanes
    let lines = max(4 * HostProcessor.lastLevelCache, 1 << 26) / lineBytes
    arrayBytes = lines * lineBytes
    let count = lines * Self.lanes
    source = .allocate(capacity: count)
    target = .allocate(capacity: count)
    // Pages come when they are first written.
    source.initialize(repeating: 1, count: count)
    target.initialize(repeating: 0, count: count)
  }

  deinit {
    source.deallocate()
    target.deallocate()
  }

  /// The resources on so many threads.
  func subjects(threads: Int) -> [HostResource: BenchSubject] {
    [
      .peak: peak(threads), .exponentials: exponentials(threads), .read: read(threads),
      .copy: copy(threads), .sgemm: sgemm(threads),
    ]
  }

  private func peak(_ threads: Int) -> BenchSubject {
    let steps = 1 << 20
    var result: Float = 0
    let work = Double(kernels.fusedPeak(1, &result)) * Double(steps) * Double(threads)
    return subject(.peak, threads, work: work) { [kernels] _ in
      var result: Float = 0
      _ = kernels.fusedPeak(steps, &result)
    }
  }

  private func exponentials(_ threads: Int) -> BenchSubject {
    let count = Self.tileCount
    let repeats = 256
    return subject(.exponentials, threads, work: Double(count * repeats * threads)) {
      [kernels] _ in
      // exp(x − 1) of x = 0 is 1/e, and over and over it goes to 1: no number on the way is subnormal.
      withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { tile in
        guard let tile = tile.baseAddress else { return }
        tile.initialize(repeating: 0, count: count)
        var offset: Float = 1
        for _ in 0..<repeats { kernels.exponentialHorizontal(tile, 1, count, count, &offset) }
      }
    }
  }

  private func read(_ threads: Int) -> BenchSubject {
    subject(.read, threads, work: Double(arrayBytes)) { [self] thread in
      let lines = lines(of: thread, threads)
      let first = UnsafeRawPointer(source + lines.lowerBound * Self.lanes)
      var sums = (SIMD16<Float>(), SIMD16<Float>())
      for byte in stride(from: 0, to: 4 * lines.count * Self.lanes, by: 128) {
        sums.0 += first.loadUnaligned(fromByteOffset: byte, as: SIMD16<Float>.self)
        sums.1 += first.loadUnaligned(fromByteOffset: byte + 64, as: SIMD16<Float>.self)
      }
      // Someone has to want it, or nothing is read.
      target[lines.lowerBound * Self.lanes] = (sums.0 + sums.1).sum()
    }
  }

  /// What is read and what is written, both counted; a line of the target that the cache reads before
  /// it writes it is not.
  private func copy(_ threads: Int) -> BenchSubject {
    subject(.copy, threads, work: Double(2 * arrayBytes)) { [self] thread in
      let lines = lines(of: thread, threads)
      let first = lines.lowerBound * Self.lanes
      (target + first).update(from: source + first, count: lines.count * Self.lanes)
    }
  }

  private func sgemm(_ threads: Int) -> BenchSubject {
    BenchSubject(
      name: HostResource.sgemm.rawValue, work: Double(product.operations), threads: threads,
      rest: openBLASRest(threads: threads)
    ) { [product] in
      product.run(threads: threads)
    }
  }

  /// The lines of the arrays that are a thread's.
  private func lines(of thread: Int, _ threads: Int) -> Range<Int> {
    let lines = arrayBytes / (4 * Self.lanes)
    return lines * thread / threads..<lines * (thread + 1) / threads
  }

  /// A subject that calls `body` once a thread, each on one of its own as far as there are some.
  private func subject(
    _ resource: HostResource, _ threads: Int, work: Double,
    _ body: @escaping @Sendable (_ thread: Int) -> Void
  ) -> BenchSubject {
    BenchSubject(name: resource.rawValue, work: work, threads: threads) {
      if threads == 1 {
        body(0)
      } else {
        DispatchQueue.concurrentPerform(iterations: threads, execute: body)
      }
    }
  }
}

/// Seconds until the threads of OpenBLAS fall asleep after a product on several: they wait for the
/// next one, computing, for 2²⁶ ticks of the processor's counter.
func openBLASRest(threads: Int) -> Double { threads > 1 ? 0.05 : 0 }
