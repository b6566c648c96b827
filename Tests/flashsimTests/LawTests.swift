import Testing

/// What the papers prove, Θ(N²d²/M) and Θ(N²d²s/M), as exponents of sweeps.
///
/// The claims are asymptotic, so each test says where its sweep is asymptotic, and why there.
@Suite("HBM accesses")
struct LawTests {
  /// Blocks of `fit` have a side of 32, so that their long side L obeys L(2d + 32) + 64d ≤ M, vectors
  /// neglected: L is M/2d where d ≫ 16 and M ≫ 64d. There must also be many of them, N ≫ L, for what is
  /// moved once to be little and for ⌈N/L⌉ to be N/L. Heads of 512 to 2048 and SRAM of 8 to 64 MiB meet
  /// all three.
  @Test(
    "grow as N²d²/M in asymptotic sizes",
    arguments: ["main", "total"], ["flash1", "flash2"])
  func asymptotic(accesses: String, algorithm: String) async throws {
    let fit = try await fit(
      "--algorithm \(algorithm) --tokens 262144..1048576x2 --head-dim 512..2048x2 "
        + "--sram 8MiB..64MiBx2 --fit \(accesses)")
    #expect(fit.points == 36)
    #expect(try abs(fit.exponent("tokens") - 2) <= 0.02)
    #expect(try abs(fit.exponent("head_dim") - 2) <= 0.05)
    #expect(try abs(fit.exponent("sram") + 1) <= 0.03)
    #expect(try #require(fit.rSquared) > 0.9998)
  }

  /// Line 1 of Algorithm 1 has B_c = M/4d, whatever S takes, and fits where M ≥ 8d² + 40d. What is left
  /// of the asymptote are ℓ and m: 3d + 4 elements a row, where the law has 3d.
  @Test("of Algorithm 1 grow so with heads of 32 to 128, with the paper's blocks")
  func paper() async throws {
    let fit = try await fit(
      "--algorithm flash1 --tokens 1048576..4194304x2 --head-dim 32..128x2 --sram 1MiB..8MiBx2 "
        + "--blocks paper")
    #expect(fit.points == 36)
    #expect(try abs(fit.exponent("tokens") - 2) <= 0.005)
    #expect(try abs(fit.exponent("head_dim") - 1.977) <= 0.005)
    #expect(try abs(fit.exponent("sram") + 1) <= 0.005)
    #expect(try #require(fit.rSquared) > 0.9999)
  }

  /// In the blocks of Algorithm 1's line 1, B_r = d: the rows that FlashAttention-2 reads K and V for do
  /// not grow with SRAM, and it moves 2N².
  @Test("of FlashAttention-2 do not fall with SRAM in the first paper's blocks")
  func paperBlocksOfFlash2() async throws {
    let fit = try await fit(
      "--algorithm flash2 --tokens 1048576..4194304x2 --head-dim 32..128x2 --sram 1MiB..8MiBx2 "
        + "--blocks paper")
    #expect(try abs(fit.exponent("tokens") - 2) <= 0.001)
    #expect(try abs(fit.exponent("head_dim")) <= 0.001)
    #expect(try abs(fit.exponent("sram")) <= 0.001)
  }

  /// With heads of 32 to 128, the 32 columns of S take a half to an eighth of what K and V take: the
  /// blocks shrink by less than d grows. The slope of log d(2d + 32) by log d is 1.8 at d = 64.
  @Test("grow by less than d² with the heads of today's models", arguments: ["flash1", "flash2"])
  func realistic(algorithm: String) async throws {
    let fit = try await fit(
      "--algorithm \(algorithm) --tokens 65536..1048576x2 --head-dim 32..128x2 "
        + "--sram 256KiB..2MiBx2")
    #expect(fit.points == 60)
    #expect(try abs(fit.exponent("tokens") - 2) <= 0.02)
    #expect(try abs(fit.exponent("head_dim") - 1.8) <= 0.03)
    #expect(try abs(fit.exponent("sram") + 1) <= 0.05)
  }

  @Test("of standard attention grow as N², whatever SRAM there is")
  func standard() async throws {
    let fit = try await fit(
      "--algorithm standard --tokens 16384..262144x2 --head-dim 32..64x2 --sram 4MiB..16MiBx2")
    #expect(fit.points == 30)
    #expect(try abs(fit.exponent("tokens") - 2) <= 0.02)
    #expect(try abs(fit.exponent("head_dim")) <= 0.05)
    #expect(try abs(fit.exponent("sram")) <= 0.05)
  }

  /// The K and V of Algorithm 5 are read whatever is computed of S; the claim is about the rest.
  @Test(
    "for blocks of S grow as s in block-sparse attention",
    arguments: ["flash1", "flash2"], ["forward", "backward"])
  func density(algorithm: String, pass: String) async throws {
    let line = "--algorithm \(algorithm) --pass \(pass) --tokens 20000 --density 0.02..1x:32"
    let fit = try await fit(line)
    #expect(fit.points == 32 && fit.accesses == "blocks")
    #expect(try abs(fit.exponent("density") - 1) <= 0.02)
    #expect(try #require(fit.rSquared) > 0.9999)
    let main = try await self.fit(line + " --fit main")
    #expect(try main.exponent("density") < 0.98)
  }

  @Test("of block-sparse attention grow as N²s")
  func densityOfSizes() async throws {
    let fit = try await fit(
      "--algorithm flash1 --tokens 8192..32768x2 --block-rows 64 --block-columns 128 "
        + "--density 0.05..1x:12")
    #expect(fit.points == 36)
    #expect(try abs(fit.exponent("tokens") - 2) <= 0.02)
    #expect(try abs(fit.exponent("density") - 1) <= 0.02)
  }

  /// The law of a sweep of one algorithm and pass.
  private func fit(_ line: String) async throws -> Sweep.Fit {
    let fits = try await sweep(line).fits
    try #require(fits.count == 1)
    return fits[0]
  }
}

extension Sweep.Fit {
  /// The exponent of a quantity, which varies.
  fileprivate func exponent(_ quantity: String) throws -> Double {
    try #require(exponents[quantity])
  }
}
