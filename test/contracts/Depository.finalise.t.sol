// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Depository} from "../../contracts/Depository.sol";
import {
    Batch,
    DisputeArguments,
    DisputeFinalise,
    IDepository,
    Proof,
    ProofBody
} from "../../contracts/interfaces/IDepository.sol";
import {ProofBodies} from "../../contracts/libraries/ProofBodies.sol";
import {EntityProviderHarness} from "../../contracts/mocks/EntityProviderHarness.sol";
import {EntityId, TokenId} from "../../contracts/types/Ids.sol";
import {Actor, DepositoryWorld} from "./support/DepositoryWorld.sol";
import {Log, Logs} from "./support/Logs.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

contract DepositoryFinaliseTest is DepositoryWorld {
    function setUp() public {
        _createWorld();
        _fund(left, right, 100);
    }

    function test_empty_isTheHashOfTheEmptyBody() public pure {
        ProofBody memory empty;
        assert(ProofBodies.EMPTY == keccak256(abi.encode(empty)));
    }

    // ─── When ───────────────────────────────────────────────────────────────────────────────────

    function test_finalise_paysOut_fromTheDeadlineOn() public {
        _start(left, _proof(1, _body(-40)));
        DisputeFinalise memory item = _finaliseOf(_body(-40));
        uint256 deadline = _channel().deadline;
        vm.warp(deadline - 1);
        vm.expectRevert(abi.encodeWithSelector(IDepository.DisputeOpen.selector, deadline));
        depository.finalise(item);
        vm.warp(deadline);
        depository.finalise(item);

        assert(_reserve(left) == 60 && _reserve(right) == 40);
        assert(_held().collateral == 0 && _held().ondelta == 0);
        assert(_channel().cooperativeNonce == 1 << 32 && _channel().deadline == 0);
        assert(_channel().standingNonce == 0 && _channel().proofBodyHash == 0);
    }

    function test_finalise_raisesTheNonceToTheNextMultiple() public {
        _settle(left, _settlement(left, _diff(0, 0, 0, 0)));
        Proof memory nothing;
        _start(left, nothing);
        ProofBody memory empty;
        _passDeadline();
        depository.finalise(_finaliseOf(empty));
        assert(_channel().cooperativeNonce == 1 << 32);
        _start(left, nothing);
        _passDeadline();
        depository.finalise(_finaliseOf(empty));
        assert(_channel().cooperativeNonce == 2 << 32);
    }

    function test_finalise_comesEarly_onlyFromTheSideThatDidNotPost() public {
        bytes4 open = IDepository.DisputeOpen.selector;
        _start(left, _proof(1, _body(-40)));
        _runSkipping(left, _finaliseBatch(_body(-40)), 0, open);
        _runSkipping(stranger, _finaliseBatch(_body(-40)), 0, open);
        _finalise(right, _body(-40));
        assert(_reserve(left) == 60 && _reserve(right) == 40);
    }

    function test_finalise_waits_whenAThirdPartyPosted() public {
        bytes4 open = IDepository.DisputeOpen.selector;
        _start(left, _proof(1, _body(-40)));
        depository.counter(_counterOf(_proof(2, _body(-50))));
        _runSkipping(left, _finaliseBatch(_body(-50)), 0, open);
        _runSkipping(right, _finaliseBatch(_body(-50)), 0, open);
        _passDeadline();
        _finalise(left, _body(-50));
        assert(_reserve(right) == 50);
    }

    function test_finalise_isSkipped_whenAnotherBodyStands() public {
        _start(left, _proof(1, _body(-40)));
        _start(left, _proof(2, _body(-50)));
        _runSkipping(right, _finaliseBatch(_body(-40)), 0, IDepository.ProofBodyWrong.selector);
        _finalise(right, _body(-50));
    }

    function test_finalise_isSkipped_whenItsSidesAreNotInOrder() public {
        _start(left, _proof(1, _body(-40)));
        _passDeadline();
        Batch memory batch = _finaliseBatch(_body(-40));
        (batch.finalises[0].left, batch.finalises[0].right) = (right.id, left.id);
        _runSkipping(right, batch, 0, IDepository.LeftNotBelowRight.selector);
    }

    function test_finalise_reverts_withoutADispute() public {
        DisputeFinalise memory item = _finaliseOf(_body(-40));
        vm.expectRevert(abi.encodeWithSelector(IDepository.NoDispute.selector, left.id, right.id));
        depository.finalise(item);
    }

    // ─── Nothing signed ─────────────────────────────────────────────────────────────────────────

    function test_finalise_freesCollateral_beforeAnythingWasSigned() public {
        _fund(right, left, 30);
        Proof memory nothing;
        _start(right, nothing);
        Batch memory batch;
        batch.arguments = new DisputeArguments[](1);
        TokenId[] memory tokens = new TokenId[](1);
        tokens[0] = tokenId;
        batch.arguments[0] = DisputeArguments(left.id, 0, "", tokens);
        _runWhole(right, batch);

        ProofBody memory empty;
        DisputeFinalise memory item = _finaliseOf(empty);
        item.rightTokens = tokens;
        _passDeadline();
        depository.finalise(item);
        assert(_reserve(left) == 100 && _reserve(right) == 30);
    }

    // ─── Debts ──────────────────────────────────────────────────────────────────────────────────

    function test_finalise_makesADebt_whereDeltaLeavesTheCollateral() public {
        _start(left, _proof(1, _body(30)));
        _finalise(right, _body(30));
        assert(_reserve(left) == 100 && _reserve(right) == 0);
        (uint256 head, uint256 tail, uint256 total) = depository.debtsOf(right.id, tokenId);
        assert(head == 0 && tail == 1 && total == 30);
        assert(depository.debtAt(right.id, tokenId, 0).creditor == left.id);

        _deposit(right, 50);
        assert(depository.enforceDebts(right.id, tokenId, 10) == 1);
        assert(_reserve(left) == 130 && _reserve(right) == 20);
    }

    function test_finalise_paysANewDebtAtOnce() public {
        _deposit(left, 25);
        _start(left, _proof(1, _body(-130)));
        _finalise(right, _body(-130));
        (, , uint256 total) = depository.debtsOf(left.id, tokenId);
        assert(_reserve(left) == 0 && _reserve(right) == 125 && total == 5);
    }

    // ─── Fraud ──────────────────────────────────────────────────────────────────────────────────

    function test_finalise_penalisesTheStarter_twoHeightsBelow() public {
        _start(left, _proof(5, _body(0)));
        depository.counter(_counterOf(_proof(7, _body(-1))));
        _passDeadline();
        Logs.start();
        depository.finalise(_finaliseOf(_body(-1)));
        // Of the 99 that the split gives left, 49 are forfeited.
        assert(_reserve(left) == 50 && _reserve(right) == 50);
        Log[] memory logs = Logs.take(IDepository.DisputeFinalised.selector);
        (uint96 nonce, uint64 era, bool fraud) = abi.decode(logs[0].data, (uint96, uint64, bool));
        assert(nonce == 14 && era == 1 << 32 && fraud);
    }

    function test_finalise_forgives_oneHeightBelow() public {
        _start(left, _proof(5, _body(0)));
        depository.counter(_counterOf(_proof(6, _body(-1))));
        _passDeadline();
        depository.finalise(_finaliseOf(_body(-1)));
        assert(_reserve(left) == 99 && _reserve(right) == 1);
    }

    /// @dev A cheat that sees the counter coming and posts the newer state first does not go free.
    function test_finalise_penalisesTheStarter_whoeverPostsTheNewerState() public {
        _start(left, _proof(5, _body(0)));
        _start(left, _proof(7, _body(-1)));
        _finalise(right, _body(-1));
        assert(_reserve(left) == 50 && _reserve(right) == 50);
    }

    function test_finalise_penalisesTheStarter_throughAPeersStart() public {
        Proof memory nothing;
        _start(left, nothing);
        _start(right, _proof(2, _body(-1)));
        _finalise(left, _body(-1));
        assert(_reserve(left) == 50 && _reserve(right) == 50);
    }

    /// @dev Counted from the start, in any term; who did not start forfeits nothing.
    function test_finalise_measuresFromTheStart() public {
        _start(right, _proof(5, _body(-40)));
        _start(left, _proof(6, _body(-40)));
        Proof memory proof = _proof(7, _body(-41));
        proof.disputeNonce += 9 << 48;
        depository.counter(_counterOf(proof));
        _passDeadline();
        depository.finalise(_finaliseOf(_body(-41)));
        assert(_reserve(right) == 21 && _reserve(left) == 79);
    }

    function test_finalise_forfeitsCollateralOnly() public {
        _start(left, _proof(1, _body(0)));
        depository.counter(_counterOf(_proof(3, _body(30))));
        _passDeadline();
        depository.finalise(_finaliseOf(_body(30)));
        // Left gets the 100, forfeits 50 to right, which pays its debt of 30 out of them.
        assert(_reserve(left) == 80 && _reserve(right) == 20);
    }

    // ─── Bodies ─────────────────────────────────────────────────────────────────────────────────

    function test_finalise_reverts_whenTheBodyHasNoShape() public {
        ProofBody memory body = _body(-40);
        body.offdeltas = new int128[](2);
        _refusedBody(body, IDepository.ProofBodyInvalid.selector);
        body = _body(-40);
        body.tokenIds = new TokenId[](2);
        body.offdeltas = new int128[](2);
        _refusedBody(body, IDepository.ProofBodyInvalid.selector);
    }

    function test_finalise_reverts_whenTheBodyHasTooManyTokens() public {
        uint256 most = depository.limits().bodyTokensMax;
        _refusedBody(_wideBody(most + 1), IDepository.ProofBodyTooLarge.selector);
        vm.warp(_channel().deadline - 1);
        ProofBody memory body = _wideBody(most);
        _start(left, _proof(3, body));
        _finalise(right, body);
    }

    // ─── Boards that were replaced ──────────────────────────────────────────────────────────────

    /// @dev A dismissed board must not be able to sign the reserve away.
    function test_finalise_makesNoDebt_forABoardThatWasReplaced() public {
        EntityProviderHarness harness = _withRegisteredSides();
        _deposit(left, 1_000);
        harness.setOutgoing(left.id, true);
        _start(right, _proof(1, _body(-130)));
        _passDeadline();
        depository.finalise(_finaliseOf(_body(-130)));
        (, , uint256 total) = depository.debtsOf(left.id, tokenId);
        assert(_reserve(left) == 1_000 && _reserve(right) == 100 && total == 0);
    }

    /// @dev The other way round: left gets the collateral, and no more.
    function test_finalise_makesNoDebt_forARightBoardThatWasReplaced() public {
        EntityProviderHarness harness = _withRegisteredSides();
        _deposit(right, 1_000);
        harness.setOutgoing(right.id, true);
        _start(left, _proof(1, _body(30)));
        _passDeadline();
        depository.finalise(_finaliseOf(_body(30)));
        (, , uint256 total) = depository.debtsOf(right.id, tokenId);
        assert(_reserve(right) == 1_000 && _reserve(left) == 100 && total == 0);
    }

    /// @dev What counts is the signature on the proof that stands at last.
    function test_finalise_makesADebt_whenANewBoardSignedAgain() public {
        EntityProviderHarness harness = _withRegisteredSides();
        harness.setOutgoing(left.id, true);
        _start(right, _proof(1, _body(-130)));
        harness.setOutgoing(left.id, false);
        depository.counter(_counterOf(_proof(2, _body(-131))));
        _passDeadline();
        depository.finalise(_finaliseOf(_body(-131)));
        (, , uint256 total) = depository.debtsOf(left.id, tokenId);
        assert(total == 31);
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    /// @dev Both sides are now registered entities, whose boards the harness can say to be outgoing;
    /// left has put 100 into their channel.
    function _withRegisteredSides() private returns (EntityProviderHarness harness) {
        harness = new EntityProviderHarness(provider);
        depository = new Depository(address(harness), address(subcontract));
        token.approve(address(depository), type(uint256).max);
        left.id = _register(left);
        right.id = _register(right);
        _fund(left, right, 100);
    }

    function _register(Actor memory actor) private returns (EntityId) {
        uint256[] memory keys = new uint256[](1);
        keys[0] = actor.key;
        return provider.register(Signing.board(keys, 1));
    }

    function _finaliseBatch(ProofBody memory body) private view returns (Batch memory batch) {
        batch.finalises = new DisputeFinalise[](1);
        batch.finalises[0] = _finaliseOf(body);
    }

    /// @dev `count` tokens beside each other, each with an offdelta of 1.
    function _wideBody(uint256 count) private pure returns (ProofBody memory body) {
        body.tokenIds = new TokenId[](count);
        body.offdeltas = new int128[](count);
        for (uint256 i; i < count; ++i) {
            body.tokenIds[i] = _erc20(address(uint160(i + 1)));
            body.offdeltas[i] = 1;
        }
    }

    function _refusedBody(ProofBody memory body, bytes4 reason) private {
        uint48 height = uint48(_channel().standingNonce / 2) + 1;
        _start(left, _proof(height, body));
        _runSkipping(right, _finaliseBatch(body), 0, reason);
        DisputeFinalise memory item = _finaliseOf(body);
        _passDeadline();
        vm.expectRevert(abi.encodePacked(reason));
        depository.finalise(item);
        vm.warp(_channel().deadline - 1);
    }
}
