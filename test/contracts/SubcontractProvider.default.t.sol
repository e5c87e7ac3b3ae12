// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDefaultRegistry} from "../../contracts/interfaces/IDefaultRegistry.sol";
import {IDepository, ProofBody} from "../../contracts/interfaces/IDepository.sol";
import {Arguments} from "../../contracts/interfaces/ISubcontractProvider.sol";
import {ClauseBatch} from "../../contracts/libraries/ClauseBatch.sol";
import {Packed, Payment} from "../../contracts/mocks/Packed.sol";
import {DefaultSwap, Swap} from "../../contracts/types/Subcontracts.sol";
import {SubcontractProvider} from "../../contracts/SubcontractProvider.sol";
import {Bodies} from "./support/Bodies.sol";
import {DepositoryWorld} from "./support/DepositoryWorld.sol";
import {vm} from "./support/Vm.sol";

/// @notice Defaults, and the swaps that pay when one was recorded. Left owes right; the swaps are on left.
contract SubcontractProviderDefaultTest is DepositoryWorld {
    using Bodies for ProofBody;

    uint128 private constant _OWED = 50;
    uint256 private constant _WEEK = 7 days;
    uint256[] private _none;
    uint256[] private _first;

    function setUp() public {
        _createWorld();
        _first.push(0);
        _owe(1, _OWED);
    }

    // ─── What is a default ──────────────────────────────────────────────────────────────────────

    function test_recordDefault_keepsTheFirstTime() public {
        vm.warp(block.timestamp + _WEEK + 1);
        uint256 recordedAt = block.timestamp;
        vm.expectEmit();
        emit IDefaultRegistry.DefaultRecorded(
            depository,
            left.id,
            tokenId,
            _OWED,
            uint64(recordedAt)
        );
        _record(_OWED, _first);
        assert(_recorded(_OWED) == recordedAt);
        vm.warp(recordedAt + 100);
        _record(_OWED, _first);
        assert(_recorded(_OWED) == recordedAt);
    }

    /// @dev Once true, it stays true: who pays late has paid late.
    function test_recordDefault_staysTrue_whenTheDebtIsPaidLater() public {
        vm.warp(block.timestamp + _WEEK + 1);
        _record(_OWED, _first);
        _deposit(left, _OWED);
        depository.enforceDebts(left.id, tokenId, 1);
        assert(_recorded(_OWED) == block.timestamp);
    }

    function test_recordDefault_saysNothing_ofAnotherThreshold_token_orDepository() public {
        vm.warp(block.timestamp + _WEEK + 1);
        _record(_OWED, _first);
        assert(_recorded(_OWED - 1) == 0);
        assert(subcontract.defaultedAt(depository, right.id, tokenId, _OWED) == 0);
        assert(subcontract.defaultedAt(IDepository(address(this)), left.id, tokenId, _OWED) == 0);
    }

    function test_recordDefault_reverts_whileNoDebtIsOlderThanAWeek() public {
        vm.warp(block.timestamp + _WEEK);
        _assertNotInDefault(0, _OWED, _first);
        vm.warp(block.timestamp + 1);
        _record(_OWED, _first);
    }

    function test_recordDefault_reverts_belowItsThreshold() public {
        vm.warp(block.timestamp + _WEEK + 1);
        _assertNotInDefault(_OWED, _OWED + 1, _first);
        _assertNotInDefault(0, 1, _none);
        vm.expectRevert(abi.encodeWithSelector(IDefaultRegistry.ThresholdZero.selector));
        _record(0, _first);
    }

    function test_recordDefault_addsUpOldDebts_andNoYoungOnes() public {
        vm.warp(block.timestamp + _WEEK);
        _owe(2, 30);
        vm.warp(block.timestamp + 1);
        uint256[] memory both = new uint256[](2);
        both[1] = 1;
        _assertNotInDefault(_OWED, _OWED + 1, both);
        vm.warp(block.timestamp + _WEEK);
        _record(_OWED + 30, both);
    }

    function test_recordDefault_reverts_whenAnEntryIsNamedTwice() public {
        vm.warp(block.timestamp + _WEEK + 1);
        uint256[] memory twice = new uint256[](2);
        vm.expectRevert(abi.encodeWithSelector(IDefaultRegistry.EntriesNotAscending.selector, 0));
        _record(2 * _OWED, twice);
    }

    // ─── Who can pay is in no default ───────────────────────────────────────────────────────────

    function test_recordDefault_paysFirst_whatTheReserveReaches() public {
        _deposit(left, 20);
        vm.warp(block.timestamp + _WEEK + 1);
        _assertNotInDefault(_OWED - 20, _OWED, _first);
        _record(_OWED - 20, _first);
        assert(_reserve(left) == 0 && _reserve(right) == 20);
    }

    function test_recordDefault_reverts_whenItsBoundEndsBeforeTheReserve() public {
        _owe(2, 10);
        _deposit(left, 55);
        vm.warp(block.timestamp + _WEEK + 1);
        uint256[] memory second = new uint256[](1);
        second[0] = 1;
        vm.expectRevert(abi.encodeWithSelector(IDefaultRegistry.ReserveLeft.selector, 5, 1));
        subcontract.recordDefault(depository, left.id, tokenId, 5, 1, second);
        subcontract.recordDefault(depository, left.id, tokenId, 5, 2, second);
    }

    function test_recordDefault_reverts_whenAllWasPaid() public {
        _deposit(left, 100);
        vm.warp(block.timestamp + _WEEK + 1);
        _assertNotInDefault(0, 1, _first);
    }

    function testFuzz_recordDefault_holdsExactlyForWhatIsOverdueAndUnpaid(
        uint8 first,
        uint8 second,
        uint8 reserve,
        uint8 threshold
    ) public {
        vm.assume(first != 0 && second != 0 && threshold != 0);
        _owe(2, first);
        vm.warp(block.timestamp + _WEEK + 1);
        _owe(3, second);
        if (reserve != 0) _deposit(left, reserve);
        uint256 old = uint256(_OWED) + first;
        uint256 unpaid = reserve >= old ? 0 : old - reserve;
        uint256[] memory all = new uint256[](3);
        (all[1], all[2]) = (1, 2);
        try subcontract.recordDefault(depository, left.id, tokenId, threshold, 3, all) {
            assert(unpaid >= threshold);
        } catch {
            assert(unpaid < threshold);
        }
    }

    // ─── What a swap on it pays ─────────────────────────────────────────────────────────────────

    function test_evaluate_paysTheBuyer_whenTheDefaultWasRecordedInTime() public {
        uint64 expiry = uint64(block.timestamp + _WEEK + 1);
        vm.warp(expiry);
        _record(_OWED, _first);
        vm.warp(expiry + 100);
        _assertJudged(_swap(true, expiry), 30, 0);
        _assertJudged(_swap(false, expiry), -30, 0);
        _assertJudged(_swap(true, expiry - 1), 0, 0);
    }

    function test_evaluate_isPending_untilTheExpiry_whileNothingIsRecorded() public {
        uint64 expiry = uint64(block.timestamp + 9);
        _assertJudged(_swap(true, expiry), 0, expiry);
        vm.warp(expiry);
        _assertJudged(_swap(true, expiry), 0, expiry);
        vm.warp(expiry + 1);
        _assertJudged(_swap(true, expiry), 0, 0);
    }

    /// @dev Else a contract of the seller's could record what never was.
    function test_evaluate_believesOnlyTheDepositoryThatAsks() public {
        uint64 expiry = uint64(block.timestamp + _WEEK + 1);
        vm.warp(expiry);
        _record(_OWED, _first);
        (int256[] memory applied, uint256 pendingUntil) = subcontract.evaluate(
            new int256[](1),
            _packed(_swap(true, expiry)),
            Arguments("", 0),
            Arguments("", 0)
        );
        assert(applied[0] == 0 && pendingUntil == expiry);
    }

    function test_evaluate_reverts_whenTheDeltaIsMissing_recordedOrNot() public {
        DefaultSwap memory swap = _swap(true, uint64(block.timestamp));
        swap.deltaIndex = 1;
        vm.expectRevert(abi.encodeWithSelector(SubcontractProvider.DeltaMissing.selector, 1));
        subcontract.evaluate(new int256[](1), _packed(swap), Arguments("", 0), Arguments("", 0));
    }

    function testFuzz_evaluate_reverts_atAnotherLength(
        uint8 payments,
        uint8 swaps,
        uint16 length
    ) public view {
        bytes memory batch = new bytes(length);
        if (length < 4) return;
        (batch[0], batch[1], batch[3]) = (0x80, bytes1(payments % 4), bytes1(swaps % 4));
        uint256 head = 4 + 56 * uint256(payments % 4) + 45 * uint256(swaps % 4);
        bool isWhole = length >= head && (length - head) % 104 == 0;
        try subcontract.evaluate(new int256[](1), batch, Arguments("", 0), Arguments("", 0)) {
            assert(isWhole);
        } catch (bytes memory reason) {
            assert(!isWhole && bytes4(reason) == ClauseBatch.BatchMalformed.selector);
        }
    }

    function test_evaluate_appliesPaymentsAndSwaps_besideDefaultSwaps() public {
        vm.warp(block.timestamp + _WEEK + 1);
        _record(_OWED, _first);
        subcontract.revealSecret("secret");
        uint64 now_ = uint64(block.timestamp);
        Payment[] memory payments = new Payment[](1);
        payments[0] = Payment(0, 1, keccak256(abi.encode(bytes32("secret"))), now_);
        Swap[] memory swaps = new Swap[](1);
        swaps[0] = Swap(true, 0, 7, 0, 0, 1, now_);
        DefaultSwap[] memory protections = new DefaultSwap[](1);
        protections[0] = _swap(true, now_);
        vm.prank(address(depository));
        (int256[] memory applied, ) = subcontract.evaluate(
            new int256[](1),
            Packed.clause(payments, swaps, protections),
            Arguments("", 0),
            Arguments(abi.encodePacked(type(uint32).max), now_)
        );
        assert(applied[0] == 1 + 7 + 30);
    }

    /// @dev From the signed body to the reserve: the court waits for the expiry, and then pays.
    function test_finalise_paysAProtection() public {
        vm.warp(block.timestamp + _WEEK + 1);
        _record(_OWED, _first);
        _deposit(left, _OWED + 40);
        uint64 expiry = uint64(block.timestamp);
        ProofBody memory body = _body(0).with(
            Bodies.clause(address(subcontract), expiry, _packed(_swap(false, expiry)), 30)
        );
        _start(left, _proof(4, body));
        _passDeadline();
        depository.finalise(_finaliseOf(body));
        assert(_reserve(right) == _OWED + 30 && _reserve(left) == 10);
    }

    // ─── Inside ─────────────────────────────────────────────────────────────────────────────────

    /// @dev A dispute at the end of which left owes right `amount` more.
    function _owe(uint48 height, uint128 amount) private {
        ProofBody memory body = _body(-int128(amount));
        _start(left, _proof(height, body));
        _finalise(right, body);
    }

    function _record(uint128 threshold, uint256[] memory entries) private {
        subcontract.recordDefault(depository, left.id, tokenId, threshold, 3, entries);
    }

    function _recorded(uint128 threshold) private view returns (uint64) {
        return subcontract.defaultedAt(depository, left.id, tokenId, threshold);
    }

    function _assertNotInDefault(
        uint256 overdue,
        uint128 threshold,
        uint256[] memory entries
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDefaultRegistry.NotInDefault.selector, overdue, threshold)
        );
        _record(threshold, entries);
    }

    function _swap(bool buyerIsLeft, uint64 expiry) private view returns (DefaultSwap memory) {
        return DefaultSwap(buyerIsLeft, 0, expiry, 30, left.id, tokenId, _OWED);
    }

    function _packed(DefaultSwap memory swap) private pure returns (bytes memory) {
        DefaultSwap[] memory swaps = new DefaultSwap[](1);
        swaps[0] = swap;
        return Packed.clause(new Payment[](0), new Swap[](0), swaps);
    }

    function _assertJudged(DefaultSwap memory swap, int256 delta, uint256 until) private {
        vm.prank(address(depository));
        (int256[] memory applied, uint256 pendingUntil) = subcontract.evaluate(
            new int256[](1),
            _packed(swap),
            Arguments("", 0),
            Arguments("", 0)
        );
        assert(applied[0] == delta && pendingUntil == until);
    }
}
