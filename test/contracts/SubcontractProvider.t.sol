// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arguments} from "../../contracts/interfaces/ISubcontractProvider.sol";
import {ClauseBatch} from "../../contracts/libraries/ClauseBatch.sol";
import {SubcontractProvider} from "../../contracts/SubcontractProvider.sol";
import {Packed, Payment} from "../../contracts/mocks/Packed.sol";
import {Swap} from "../../contracts/types/Subcontracts.sol";
import {vm} from "./support/Vm.sol";

/// @notice Secrets, payments under a hashlock, and which batches are refused.
contract SubcontractProviderTest {
    uint64 private constant NOW = 1_000;

    SubcontractProvider private provider;

    function setUp() public {
        vm.warp(NOW);
        provider = new SubcontractProvider();
    }

    // ─── Secrets ────────────────────────────────────────────────────────────────────────────────

    function testFuzz_revealSecret_keepsTheFirstTime(bytes32 secret, uint32 later) public {
        bytes32 hashlock = keccak256(abi.encodePacked(secret));
        assert(provider.revealedAt(hashlock) == 0);
        provider.revealSecret(secret);
        vm.warp(NOW + later);
        provider.revealSecret(secret);
        assert(provider.revealedAt(hashlock) == NOW);
    }

    function testFuzz_revealSecret_revealsNoOther(bytes32 secret, bytes32 other) public {
        vm.assume(secret != other);
        provider.revealSecret(secret);
        assert(provider.revealedAt(_hashlock(other)) == 0);
    }

    // ─── Payments ───────────────────────────────────────────────────────────────────────────────

    function testFuzz_evaluate_appliesAPayment_ofAnyAmount(int128 amount, int128 before) public {
        provider.revealSecret("secret");
        int256[] memory deltas = _two(before, 7);
        (int256[] memory applied, uint256 pendingUntil) = _evaluate(
            deltas,
            _one(Payment(0, amount, _hashlock("secret"), NOW))
        );
        assert(applied.length == 2 && applied[0] == int256(before) + amount && applied[1] == 7);
        assert(pendingUntil == 0);
    }

    function test_evaluate_appliesAPayment_whenRevealedInTheLastSecond() public {
        vm.warp(NOW + 5);
        provider.revealSecret("secret");
        vm.warp(NOW + 50);
        assert(_paid(_one(Payment(0, 3, _hashlock("secret"), NOW + 5))) == 3);
    }

    function test_evaluate_appliesNothing_whenRevealedASecondTooLate() public {
        vm.warp(NOW + 6);
        provider.revealSecret("secret");
        assert(_paid(_one(Payment(0, 3, _hashlock("secret"), NOW + 5))) == 0);
    }

    /// @dev Who reveals again moves no time: neither back to life what came too late, nor out of time what did not.
    function test_revealSecret_again_revivesNothing_andKillsNothing() public {
        provider.revealSecret("early");
        vm.warp(NOW + 6);
        provider.revealSecret("early");
        provider.revealSecret("late");
        vm.warp(NOW + 7);
        provider.revealSecret("late");
        assert(_paid(_one(Payment(0, 3, _hashlock("early"), NOW + 5))) == 3);
        assert(_paid(_one(Payment(0, 3, _hashlock("late"), NOW + 5))) == 0);
        assert(_paid(_one(Payment(0, 3, _hashlock("late"), NOW + 6))) == 3);
    }

    function test_evaluate_isPending_throughTheLastSecondOnly() public {
        Payment[] memory payments = _one(Payment(0, 3, _hashlock("secret"), NOW + 5));
        vm.warp(NOW + 5);
        (int256[] memory applied, uint256 pendingUntil) = _evaluate(_two(0, 0), payments);
        assert(applied[0] == 0 && pendingUntil == NOW + 5);
        vm.warp(NOW + 6);
        (applied, pendingUntil) = _evaluate(_two(0, 0), payments);
        assert(applied[0] == 0 && pendingUntil == 0);
    }

    /// @dev A small world: up to 6 payments under 3 secrets, each revealed at some second or never,
    /// amounts −1…6, deadlines around the present; held against the definition in one line each.
    function testFuzz_evaluate_followsTheDefinition(uint8 count, uint256 seed) public {
        for (uint256 i; i < 3; ++i) {
            vm.warp(NOW + _pick(seed, i, 5));
            if (_pick(seed, 10 + i, 3) != 0) provider.revealSecret(bytes32(i));
        }
        vm.warp(NOW + 3);
        Payment[] memory payments = new Payment[](count % 7);
        int256[] memory expected = _two(-2, 2);
        uint256 expectedPending;
        for (uint256 i; i < payments.length; ++i) {
            payments[i] = Payment({
                deltaIndex: uint16(_pick(seed, 20 + i, 2)),
                amount: int128(int256(_pick(seed, 30 + i, 8))) - 1,
                hashlock: _hashlock(bytes32(_pick(seed, 40 + i, 3))),
                revealBy: uint64(NOW + _pick(seed, 50 + i, 6))
            });
            Payment memory payment = payments[i];
            uint256 revealed = provider.revealedAt(payment.hashlock);
            if (revealed != 0 && revealed <= payment.revealBy) {
                expected[payment.deltaIndex] += payment.amount;
            }
            bool open = revealed == 0 && NOW + 3 <= payment.revealBy;
            if (open && payment.revealBy > expectedPending) expectedPending = payment.revealBy;
        }
        (int256[] memory applied, uint256 pendingUntil) = _evaluate(_two(-2, 2), payments);
        assert(applied[0] == expected[0] && applied[1] == expected[1]);
        assert(pendingUntil == expectedPending);
    }

    /// @dev A condition is a fact: what is no longer pending stays as it is, whatever is revealed later.
    function testFuzz_evaluate_neverChanges_onceNothingIsPending(
        uint8 reveals,
        uint32 later,
        uint256 seed
    ) public {
        Payment[] memory payments = new Payment[](4);
        for (uint256 i; i < 4; ++i) {
            payments[i] = Payment(0, int128(int256(i + 1)), _hashlock(bytes32(i)), uint64(NOW + i));
            if ((reveals >> i) & 1 == 1) provider.revealSecret(bytes32(i));
        }
        vm.warp(NOW + _pick(seed, 0, 8));
        (int256[] memory before, uint256 pendingUntil) = _evaluate(_two(0, 0), payments);
        vm.assume(pendingUntil < block.timestamp);
        vm.warp(block.timestamp + later);
        for (uint256 i; i < 4; ++i) provider.revealSecret(bytes32(i));
        (int256[] memory after_, uint256 laterPending) = _evaluate(_two(0, 0), payments);
        assert(after_[0] == before[0] && laterPending == 0 && pendingUntil == 0);
    }

    // ─── What is refused ────────────────────────────────────────────────────────────────────────

    function testFuzz_evaluate_reverts_whenADeltaIsMissing_evenIfNothingWasRevealed(
        bool revealed,
        uint8 index,
        uint32 later
    ) public {
        index = 2 + (index % 126);
        if (revealed) provider.revealSecret("secret");
        vm.warp(uint256(NOW) + later);
        bytes memory batch = Packed.clause(
            _one(Payment(index, 0, _hashlock("secret"), NOW)),
            new Swap[](0)
        );
        _assertReverts(_two(0, 0), batch, SubcontractProvider.DeltaMissing.selector);
    }

    function testFuzz_evaluate_reverts_whenADeltaIsTooLarge(
        uint256 beyond,
        bool below
    ) public view {
        int256 excess = int256(beyond % uint256(type(int256).max - type(int248).max));
        int256 delta = int256(type(int248).max) + 1 + excess;
        if (below) delta = -1 - delta;
        bytes memory batch = Packed.clause(new Payment[](0), new Swap[](0));
        _assertReverts(_two(0, delta), batch, SubcontractProvider.DeltaTooLarge.selector);
    }

    function test_evaluate_sumsExactly_fromTheLargestDelta() public {
        provider.revealSecret("secret");
        Payment[] memory payments = new Payment[](40);
        for (uint256 i; i < 40; ++i) {
            payments[i] = Payment(0, type(int128).max, _hashlock("secret"), NOW);
        }
        (int256[] memory applied, ) = _evaluate(_two(type(int248).max, 0), payments);
        assert(applied[0] == int256(type(int248).max) + 40 * int256(type(int128).max));
        for (uint256 i; i < 40; ++i) payments[i].amount = type(int128).min;
        (applied, ) = _evaluate(_two(type(int248).min, 0), payments);
        assert(applied[0] == int256(type(int248).min) + 40 * int256(type(int128).min));
    }

    function testFuzz_evaluate_reverts_whenTheBatchHasAnotherLength(uint256 length) public view {
        bytes memory batch = _batchOfBoth();
        // A further swap would be 45 bytes longer.
        bytes memory other = new bytes(2 + (length % (batch.length + 40)));
        vm.assume(other.length != batch.length && other.length != batch.length - 45);
        for (uint256 i; i < other.length && i < batch.length; ++i) other[i] = batch[i];
        _assertReverts(_two(0, 0), other, ClauseBatch.BatchMalformed.selector);
    }

    /// @dev One payment and one swap: no other count fits the length.
    function testFuzz_evaluate_reverts_whenTheCountDiffers(uint16 count) public view {
        vm.assume(count != 1);
        bytes memory batch = _batchOfBoth();
        (batch[0], batch[1]) = (bytes1(uint8(count >> 8)), bytes1(uint8(count)));
        _assertReverts(_two(0, 0), batch, ClauseBatch.BatchMalformed.selector);
    }

    /// @dev The whole range of every field, through the compiler's encoder.
    function testFuzz_paymentAt_readsWhatWasPacked(
        Payment memory first,
        uint128 amount
    ) public view {
        first.deltaIndex %= 128;
        first.revealBy = uint56(first.revealBy);
        Payment[] memory payments = new Payment[](2);
        payments[0] = Payment(0, 0, 0, 0);
        payments[1] = first;
        bytes memory batch = Packed.clause(payments, new Swap[](3));
        (uint256 index, int256 moved, bytes32 hashlock, uint256 revealBy) = this.paymentAt(
            batch,
            1
        );
        assert(index == first.deltaIndex && moved == first.amount);
        assert(hashlock == first.hashlock && revealBy == first.revealBy);

        bytes memory widest = abi.encodePacked(uint16(1), hex"80", uint56(9), amount, bytes32("h"));
        (, moved, , ) = this.paymentAt(widest, 0);
        assert(moved == -int256(uint256(amount)));
    }

    function testFuzz_swapAt_readsWhatWasPacked(Swap memory swap) public view {
        swap.addDeltaIndex %= 128;
        swap.subDeltaIndex %= 128;
        swap.fillBy = uint56(swap.fillBy);
        Swap[] memory swaps = new Swap[](2);
        swaps[1] = swap;
        Swap memory read = this.swapAt(Packed.clause(new Payment[](3), swaps), 1);
        assert(keccak256(abi.encode(read)) == keccak256(abi.encode(swap)));
    }

    function test_evaluate_reverts_onBytesThatAreNoBatch() public view {
        bytes[4] memory batches = [bytes(""), hex"00", hex"0001", hex"000000"];
        for (uint256 i; i < batches.length; ++i) {
            _assertReverts(_two(0, 0), batches[i], ClauseBatch.BatchMalformed.selector);
        }
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function paymentAt(
        bytes calldata batch,
        uint256 i
    ) external pure returns (uint256, int256, bytes32, uint256) {
        (bytes calldata payments, , ) = ClauseBatch.read(batch);
        (uint256 terms, bytes32 hashlock) = ClauseBatch.paymentAt(
            payments,
            i * ClauseBatch.PAYMENT_BYTES
        );
        return (
            ClauseBatch.deltaIndexOf(terms),
            ClauseBatch.moveOf(terms),
            hashlock,
            ClauseBatch.revealByOf(terms)
        );
    }

    function swapAt(bytes calldata batch, uint256 i) external pure returns (Swap memory) {
        (, bytes calldata swaps, ) = ClauseBatch.read(batch);
        return ClauseBatch.swapAt(swaps, i * ClauseBatch.SWAP_BYTES);
    }

    function _evaluate(
        int256[] memory deltas,
        Payment[] memory payments
    ) private view returns (int256[] memory, uint256) {
        bytes memory batch = Packed.clause(payments, new Swap[](0));
        return provider.evaluate(deltas, batch, Arguments("", 0), Arguments("", 0));
    }

    function _paid(Payment[] memory payments) private view returns (int256) {
        (int256[] memory applied, uint256 pendingUntil) = _evaluate(_two(0, 0), payments);
        assert(pendingUntil == 0);
        return applied[0];
    }

    function _assertReverts(
        int256[] memory deltas,
        bytes memory batch,
        bytes4 selector
    ) private view {
        try provider.evaluate(deltas, batch, Arguments("", 0), Arguments("", 0)) {
            assert(false);
        } catch (bytes memory reason) {
            assert(bytes4(reason) == selector);
        }
    }

    function _batchOfBoth() private pure returns (bytes memory) {
        Swap[] memory swaps = new Swap[](1);
        swaps[0] = Swap(true, 0, 5, 1, 6, 1, NOW);
        return Packed.clause(_one(Payment(1, 5, _hashlock("secret"), NOW)), swaps);
    }

    function _one(Payment memory payment) private pure returns (Payment[] memory payments) {
        payments = new Payment[](1);
        payments[0] = payment;
    }

    function _two(int256 first, int256 second) private pure returns (int256[] memory deltas) {
        deltas = new int256[](2);
        (deltas[0], deltas[1]) = (first, second);
    }

    function _hashlock(bytes32 secret) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(secret));
    }

    function _pick(uint256 seed, uint256 salt, uint256 below) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt))) % below;
    }
}
