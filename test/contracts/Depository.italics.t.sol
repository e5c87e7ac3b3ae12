// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Allowance,
    Batch,
    Clause,
    DisputeArguments,
    DisputeCounter,
    DisputeFinalise,
    DisputeStart,
    Funding,
    IDepository,
    Proof,
    ProofBody,
    Settlement,
    TopUp,
    Transfer,
    Withdrawal
} from "../../contracts/interfaces/IDepository.sol";
import {LyingProvider} from "../../contracts/mocks/LyingProvider.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {EntityId, TokenId} from "../../contracts/types/Ids.sol";
import {Packed, Payment} from "../../contracts/mocks/Packed.sol";
import {Swap} from "../../contracts/types/Subcontracts.sol";
import {Bodies} from "./support/Bodies.sol";
import {DepositoryDigests} from "./support/DepositoryDigests.sol";
import {Actor, DepositoryWorld} from "./support/DepositoryWorld.sol";
import {Log, Logs} from "./support/Logs.sol";
import {vm} from "./support/Vm.sol";

/// @title DepositoryItalics
/// @notice The attacks behind the italic sentences of the design that no other file carries out; see
/// `test/INVARIANTS.md` for all of them.
contract DepositoryItalics is DepositoryWorld {
    using Bodies for ProofBody;

    bytes private constant _ALL = hex"ffffffff";

    function setUp() public {
        _createWorld();
    }

    // ─── No outcome of a clause leaves what both sides can pay ──────────────────────────────────

    /// @dev Left offers 10 of one token for `want` of another, of which right can pay `capacity`. The clause
    /// holds what each side can pay and no more, so right cannot buy collateral with what it does not have.
    function testFuzz_aSwap_filledByAPeerWhoCannotPay_movesNothing(
        uint8 capacity,
        uint8 want,
        uint32 ratio
    ) public {
        uint128 can = capacity % 12;
        uint128 wants = want % 12;
        (TokenId other, ProofBody memory body) = _twoTokens(20, can);
        uint256 bought = _indexOf(body, other);
        body = body.with(_offer(uint16(bought), wants, can));
        _start(left, _proof(1, body));
        bytes memory fill = abi.encodePacked(ratio);
        _runWhole(right, _argumentsBatch(left, keccak256(abi.encode(body)), fill));
        DisputeFinalise memory item = _finaliseOf(body);
        item.rightArguments = fill;
        _passDeadline();
        depository.finalise(item);

        uint256 paid = _roundedUp(wants, ratio);
        bool filled = ratio != 0 && paid <= can;
        uint256 sold = filled ? (10 * uint256(ratio)) / type(uint32).max : 0;
        assert(_reserve(right) == sold && _reserve(left) == 20 - sold);
        assert(depository.reserveOf(left.id, other) == (filled ? paid : 0));
        _owesNothing(left.id, other);
        _owesNothing(right.id, other);
        _owesNothing(left.id, tokenId);
        _owesNothing(right.id, tokenId);
    }

    /// @dev An offer that nobody fills keeps the dispute open until its time is over, and is then void.
    function test_aSwap_whoseArgumentsAreWithheld_endsUnfilled() public {
        (, ProofBody memory body) = _twoTokens(20, 10);
        uint64 fillBy = uint64(block.timestamp + 3 * DAY);
        body = body.with(Bodies.swap(address(subcontract), true, 10, fillBy));
        _start(right, _proof(1, body));
        vm.warp(fillBy);
        vm.expectRevert(abi.encodeWithSelector(IDepository.ClausePending.selector, fillBy));
        depository.finalise(_finaliseOf(body));
        vm.warp(fillBy + 1);
        depository.finalise(_finaliseOf(body));
        assert(_reserve(left) == 20 && _reserve(right) == 0);
    }

    // ─── Nothing in finalise can overflow ───────────────────────────────────────────────────────

    /// @dev Collateral, ondelta, offdelta, allowances and reserves at their ends, upwards.
    function test_finalise_overflowsNowhere_whenLeftClaimsAllThereCanBe() public {
        _finaliseAtTheEnds(true);
        (, , uint256 owed) = depository.debtsOf(right.id, tokenId);
        uint256 claim = 2 * uint256(uint128(type(int128).max)) + 4 * uint256(type(uint128).max);
        // All but the collateral, and but for what right's reserve paid at once.
        assert(owed == 0);
        assert(_reserve(left) == type(uint248).max + claim);
    }

    /// @dev The same downwards: left owes it all.
    function test_finalise_overflowsNowhere_whenRightClaimsAllThereCanBe() public {
        _finaliseAtTheEnds(false);
        uint256 claim = 2 * (uint256(1) << 127) + 4 * uint256(type(uint128).max);
        assert(_reserve(right) == uint256(type(uint248).max) + type(uint128).max + claim);
        assert(_reserve(left) == type(uint248).max - claim);
    }

    // ─── Deposits ───────────────────────────────────────────────────────────────────────────────

    /// @dev Whoever has approved the Depository pays for nobody else.
    function test_aDeposit_pullsFromTheCallerOnly() public {
        address victim = address(0xabc);
        token.mint(victim, 100);
        vm.prank(victim);
        token.approve(address(depository), type(uint256).max);
        vm.prank(stranger.wallet);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDepository.TransferFailed.selector,
                tokenId,
                address(depository),
                100
            )
        );
        depository.deposit(stranger.id, tokenId, 100);
        assert(token.balanceOf(victim) == 100);
    }

    // ─── Batches ────────────────────────────────────────────────────────────────────────────────

    /// @dev Left's batch waits in the mempool with an item of every kind that others can make fail. Right
    /// executes a settlement that left gave it: the reserve is gone, and so is the dispute. Everything
    /// is skipped, each for its own reason, and what stands behind it is still done.
    function test_aBatch_inWhichOthersMadeEveryItemFail_stillDoesTheRest() public {
        _fund(left, right, 100);
        _deposit(left, 50);
        _start(right, _proof(1, _body(-10)));
        Batch memory waiting = _everything();
        bytes memory data = Packed.batch(waiting);
        uint64 nonce = depository.batchNonce(left.id);
        bytes memory signature = _signBatch(left, data, nonce, type(uint64).max);

        _settle(right, _settlement(right, _diff(-50, 50, 0, 0)));
        Logs.start();
        depository.processBatch(left.id, data, nonce, type(uint64).max, signature);
        Log[] memory skipped = Logs.take(IDepository.BatchItemSkipped.selector);
        bytes4[8] memory reasons = [
            IDepository.ReserveExceeded.selector,
            IDepository.ReserveExceeded.selector,
            IDepository.ReserveExceeded.selector,
            IDepository.CooperativeNonceWrong.selector,
            IDepository.CooperativeNonceWrong.selector,
            IDepository.NoDispute.selector,
            IDepository.NoDispute.selector,
            IDepository.NoDispute.selector
        ];
        assert(skipped.length == 8);
        for (uint256 i; i < 8; ++i) {
            (, uint256 index, bytes4 reason) = abi.decode(
                skipped[i].data,
                (uint64, uint256, bytes4)
            );
            assert(index == i && reason == reasons[i]);
        }
        assert(subcontract.revealedAt(keccak256(abi.encode(bytes32("secret")))) != 0);
    }

    /// @dev A stranger posts the counter of right's own batch first: its arguments count all the same.
    function test_arguments_count_whenTheirCounterWasPostedByAnother() public {
        (TokenId other, ProofBody memory body) = _twoTokens(20, 10);
        _start(left, _proof(1, body));
        body = body.with(_offer(uint16(_indexOf(body, other)), 10, 10));
        DisputeCounter memory item = _counterOf(_proof(2, body));
        Batch memory batch = _argumentsBatch(left, keccak256(abi.encode(body)), _ALL);
        batch.counters = new DisputeCounter[](1);
        batch.counters[0] = item;

        depository.counter(item);
        _runSkipping(right, batch, 0, IDepository.DisputeNonceNotHigher.selector);
        DisputeFinalise memory end = _finaliseOf(body);
        end.rightArguments = _ALL;
        _passDeadline();
        depository.finalise(end);
        // The swap is filled: 10 of the one against 10 of the other.
        assert(_reserve(left) == 10 && _reserve(right) == 10);
        assert(depository.reserveOf(left.id, other) == 10);
    }

    // ─── Settlements that did not happen ────────────────────────────────────────────────────────

    /// @dev Both have signed a settlement that pays right 60, and the proof for its nonce, which says that
    /// nothing more is owed to it. The settlement is given up; the channel goes on and ends in a dispute.
    function test_theProof_ofAnAbandonedSettlement_isWorthNothing_afterAFinalise() public {
        _fund(left, right, 100);
        Settlement memory abandoned = _settlement(left, _diff(0, 60, -60, -60));
        Proof memory made = _proof(9, _body(0));
        bytes memory signed = _signUnder(right, abandoned.newNonce, made);
        _start(left, _proof(10, _body(-60)));
        _finalise(right, _body(-60));
        assert(_reserve(right) == 60);

        // It is refused as it is, and no settlement that could still be signed can lead back to its era.
        _fund(left, right, 100);
        Batch memory batch;
        batch.starts = new DisputeStart[](1);
        batch.starts[0] = DisputeStart(right.id, abandoned.newNonce, made, signed);
        _runSkipping(left, batch, 0, IDepository.CooperativeNonceWrong.selector);
        Settlement memory next = _settlement(left, _diff(0, 0, 0, 0));
        next.newNonce = abandoned.newNonce;
        _signSettlement(left, next);
        Batch memory back;
        back.settlements = new Settlement[](1);
        back.settlements[0] = next;
        _runSkipping(left, back, 0, IDepository.NewNonceInvalid.selector);
    }

    /// @dev The first attempt is given up, the second, one higher, is executed: the first attempt's proof
    /// and the first attempt itself are dead.
    function test_theProof_ofAnAbandonedSettlement_isWorthNothing_afterTheNextOne() public {
        _fund(left, right, 100);
        Settlement memory abandoned = _settlement(left, _diff(0, 60, -60, -60));
        Proof memory made = _proof(9, _body(0));
        bytes memory signed = _signUnder(right, abandoned.newNonce, made);
        Settlement memory second = _settlement(left, _diff(0, 70, -70, -70));
        second.newNonce = abandoned.newNonce + 1;
        _signSettlement(left, second);
        _settle(left, second);

        Batch memory batch;
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = abandoned;
        _runSkipping(left, batch, 0, IDepository.CooperativeNonceWrong.selector);
        Batch memory start;
        start.starts = new DisputeStart[](1);
        start.starts[0] = DisputeStart(right.id, abandoned.newNonce, made, signed);
        _runSkipping(left, start, 0, IDepository.CooperativeNonceWrong.selector);
    }

    // ─── Counters ───────────────────────────────────────────────────────────────────────────────

    /// @dev The cheat sees the counter coming and puts another old proof in front of it, so that what is
    /// stored is not what the counter was made against. The same bytes still count.
    function test_aCounter_isNotBlocked_byAChangedStoredHash() public {
        _fund(left, right, 100);
        _start(left, _proof(1, _body(0)));
        DisputeCounter memory honest = _counterOf(_proof(9, _body(-90)));
        _start(left, _proof(2, _body(-1)));
        depository.counter(_counterOf(_proof(3, _body(-2))));
        _start(left, _proof(8, _body(-3)));
        depository.counter(honest);
        _passDeadline();
        depository.finalise(_finaliseOf(_body(-90)));
        assert(_reserve(right) == 90 + 5);
    }

    /// @dev The fraud counts from the start when the newer state comes in a stranger's batch, and in the
    /// starter's own second start.
    function test_fraud_isMeasuredFromTheStart_whoeverPosts() public {
        for (uint256 i; i < 4; ++i) {
            _fund(left, right, 100);
            uint256 before = _reserve(right);
            _start(left, _proof(1, _body(0)));
            Proof memory proof = _proof(3, _body(-20));
            if (i == 0) depository.counter(_counterOf(proof));
            else if (i == 1) _counter(stranger, proof);
            else if (i == 2) _start(right, proof);
            else _start(left, proof);
            _passDeadline();
            depository.finalise(_finaliseOf(_body(-20)));
            assert(_reserve(right) - before == 20 + 40);
        }
    }

    /// @dev Nobody gets less than a full window to answer, however late and short the counter's was.
    function test_aPostedProof_givesItsOwnFullWindow_everyTime() public {
        _fund(left, right, 100);
        _start(left, _proof(1, _body(0)));
        uint32[3] memory windows = [uint32(600), DAY, 7 * DAY];
        for (uint48 i; i < 3; ++i) {
            vm.warp(_channel().deadline - 1);
            Proof memory proof = _proof(2 + i, _body(-1));
            proof.disputeWindow = windows[i];
            depository.counter(_counterOf(proof));
            assert(_channel().deadline == block.timestamp + windows[i]);
        }
    }

    // ─── Worlds ─────────────────────────────────────────────────────────────────────────────────

    /// @dev Left has `ours` of the world's token in the channel, right `theirs` of another; nothing is owed.
    function _twoTokens(
        uint128 ours,
        uint128 theirs
    ) private returns (TokenId otherId, ProofBody memory body) {
        TestToken other;
        (other, otherId) = _newToken();
        _fund(left, right, ours);
        if (theirs != 0) _fundOther(other, otherId, theirs);
        body.tokenIds = new TokenId[](2);
        body.offdeltas = new int128[](2);
        bool first = tokenId < otherId;
        body.tokenIds[0] = first ? tokenId : otherId;
        body.tokenIds[1] = first ? otherId : tokenId;
    }

    function _fundOther(TestToken other, TokenId otherId, uint128 amount) private {
        other.mint(address(this), amount);
        depository.deposit(right.id, otherId, amount);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        batch.fundings[0] = Funding(otherId, right.id, new TopUp[](1));
        batch.fundings[0].topUps[0] = TopUp(left.id, amount);
        _runWhole(right, batch);
    }

    /// @dev Left's offer of 10 of the world's token for `want` of `bought`, of which right can pay `can`.
    function _offer(
        uint16 bought,
        uint128 want,
        uint128 can
    ) private view returns (Clause memory made) {
        Swap[] memory swaps = new Swap[](1);
        uint64 fillBy = uint64(block.timestamp + DAY);
        swaps[0] = Swap(true, bought, want, 1 - bought, 10, 1, fillBy);
        bytes memory data = Packed.clause(new Payment[](0), swaps);
        made = Clause(address(subcontract), 100_000, fillBy, data, new Allowance[](2));
        for (uint16 i; i < 2; ++i) {
            made.allowances[i] = i == bought ? Allowance(i, 0, can) : Allowance(i, 10, 0);
        }
    }

    /// @dev Both reserves are full, the channel holds all it can, and four clauses move all they can.
    function _finaliseAtTheEnds(bool up) private {
        uint128 half = uint128(type(int128).max);
        _deposit(left, half);
        _deposit(right, type(uint128).max - half);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        batch.fundings[0] = _funding(left, right, half);
        _runWhole(left, batch);
        batch.fundings[0] = _funding(right, left, type(uint128).max - half);
        _runWhole(right, batch);
        if (!up) {
            int256 ondeltaDiff = int256(type(int128).min) - type(int128).max;
            _settle(left, _settlement(left, _diff(0, 0, 0, ondeltaDiff)));
        }
        token.mint(address(this), type(uint256).max - token.totalSupply());
        depository.deposit(left.id, tokenId, type(uint248).max);
        depository.deposit(right.id, tokenId, type(uint248).max);

        ProofBody memory body = _body(up ? type(int128).max : type(int128).min);
        address provider = address(new LyingProvider());
        int256[] memory delta = new int256[](1);
        delta[0] = body.offdeltas[0];
        int256 move = int256(uint256(type(uint128).max));
        for (uint256 i; i < 4; ++i) {
            delta[0] += up ? move : -move;
            body = body.with(Bodies.clause(provider, 0, abi.encode(delta, 0), type(uint128).max));
        }
        _start(left, _proof(1, body));
        _finalise(right, body);
        assert(_held().collateral == 0 && _held().ondelta == 0);
    }

    /// @dev One item of every kind, each right as things stand.
    function _everything() private view returns (Batch memory batch) {
        Proof memory newer = _proof(2, _body(-20));
        batch = _argumentsBatch(right, newer.proofBodyHash, _ALL);
        batch.withdrawals = new Withdrawal[](1);
        batch.withdrawals[0] = Withdrawal(tokenId, address(0xbeef), 10);
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(tokenId, stranger.id, 10);
        batch.fundings = new Funding[](1);
        batch.fundings[0] = _funding(left, right, 10);
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = _settlement(left, _diff(0, 0, 0, 0));
        batch.starts = _startBatch(left, newer).starts;
        batch.counters = new DisputeCounter[](1);
        batch.counters[0] = _counterOf(newer);
        batch.finalises = new DisputeFinalise[](1);
        batch.finalises[0] = _finaliseOf(_body(-20));
        batch.secrets = new bytes32[](1);
        batch.secrets[0] = "secret";
    }

    function _argumentsBatch(
        Actor memory peer,
        bytes32 body,
        bytes memory data
    ) private pure returns (Batch memory batch) {
        batch.arguments = new DisputeArguments[](1);
        batch.arguments[0] = DisputeArguments(peer.id, body, data, new TokenId[](0));
    }

    function _signUnder(
        Actor memory signer,
        uint64 era,
        Proof memory proof
    ) private view returns (bytes memory) {
        return _sign(signer, DepositoryDigests.proof(_key(), era, proof));
    }

    // ─── Reading ────────────────────────────────────────────────────────────────────────────────

    function _owesNothing(EntityId entity, TokenId id) private view {
        (, , uint256 total) = depository.debtsOf(entity, id);
        assert(total == 0);
    }

    function _indexOf(ProofBody memory body, TokenId id) private pure returns (uint256) {
        return body.tokenIds[0] == id ? 0 : 1;
    }

    function _roundedUp(uint256 amount, uint256 ratio) private pure returns (uint256) {
        return (amount * ratio + type(uint32).max - 1) / type(uint32).max;
    }
}
