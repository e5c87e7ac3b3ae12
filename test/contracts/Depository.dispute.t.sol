// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    ChannelState,
    DisputeCounter,
    DisputeStart,
    IDepository,
    Poster,
    Proof
} from "../../contracts/interfaces/IDepository.sol";
import {DepositoryDigests} from "./support/DepositoryDigests.sol";
import {DepositoryWorld} from "./support/DepositoryWorld.sol";
import {vm} from "./support/Vm.sol";

contract DepositoryDisputeTest is DepositoryWorld {
    uint96 private constant _TERM = 1 << 48;

    function setUp() public {
        _createWorld();
        _fund(left, right, 100);
    }

    // ─── Start ──────────────────────────────────────────────────────────────────────────────────

    function test_start_standsOnTheShownProof() public {
        Proof memory proof = _proof(1, _body(-40));
        _start(right, proof);
        ChannelState memory channel = _channel();
        assert(channel.standingNonce == 2 && channel.startHeight == 1 && !channel.startedByLeft);
        assert(channel.poster == Poster.Right && channel.proofBodyHash == proof.proofBodyHash);
        assert(channel.deadline == block.timestamp + DAY);
    }

    function test_start_standsOnTheEmptyBody_withoutASignature() public {
        Proof memory nothing;
        _start(left, nothing);
        ChannelState memory channel = _channel();
        assert(channel.standingNonce == 0 && channel.startHeight == 0 && channel.startedByLeft);
        assert(channel.deadline == block.timestamp + depository.limits().windowMax);
    }

    function test_start_isSkipped_forEveryOtherNonceOfHeightZero() public {
        bytes4 reason = IDepository.DisputeNonceInvalid.selector;
        Proof memory proof = _proof(0, _body(-40));
        proof.disputeNonce = 1;
        _refusedStart(proof, reason);
        proof.disputeNonce = _TERM;
        _refusedStart(proof, reason);
        proof.disputeNonce = 5 * _TERM + 1;
        _refusedStart(proof, reason);
    }

    function test_start_isSkipped_whenTheEmptyProofShowsAnything() public {
        bytes4 reason = IDepository.DisputeNonceInvalid.selector;
        _refusedStart(Proof(0, DAY, 0, 0), reason);
        _refusedStart(Proof(0, 0, keccak256(abi.encode(_body(-40))), 0), reason);
        _refusedStart(Proof(0, 0, 0, "block"), reason);
        Proof memory nothing;
        Batch memory batch = _startBatch(left, nothing);
        batch.starts[0].peerSignature = "x";
        _runSkipping(left, batch, 0, reason);
    }

    function test_start_isSkipped_whenItsWindowIsTooShortOrTooLong() public {
        bytes4 reason = IDepository.WindowInvalid.selector;
        Proof memory proof = _proof(1, _body(-40));
        proof.disputeWindow = depository.limits().windowMin - 1;
        _refusedStart(proof, reason);
        proof.disputeWindow = depository.limits().windowMax + 1;
        _refusedStart(proof, reason);
        proof.disputeWindow = depository.limits().windowMin;
        _start(left, proof);
        assert(_channel().deadline == block.timestamp + proof.disputeWindow);
        proof = _proof(2, _body(-40));
        proof.disputeWindow = depository.limits().windowMax;
        _start(right, proof);
        assert(_channel().deadline == block.timestamp + proof.disputeWindow);
    }

    function test_start_isSkipped_whenTheNonceIsOfAnotherEra() public {
        Batch memory batch = _startBatch(left, _proof(1, _body(-40)));
        batch.starts[0].cooperativeNonce = 1;
        _runSkipping(left, batch, 0, IDepository.CooperativeNonceWrong.selector);
    }

    function test_start_isSkipped_whenThePeerHasNotSignedIt() public {
        bytes4 reason = IDepository.SignatureInvalid.selector;
        Proof memory proof = _proof(1, _body(-40));
        Batch memory batch = _startBatch(left, proof);
        batch.starts[0].peerSignature = _signProof(left, proof);
        _runSkipping(left, batch, 0, reason);
        batch = _startBatch(left, proof);
        batch.starts[0].proof.blockHash = "another block";
        _runSkipping(left, batch, 0, reason);
    }

    function test_start_isSkipped_againstItself() public {
        Batch memory batch = _startBatch(left, _proof(1, _body(-40)));
        batch.starts[0].peer = left.id;
        _runSkipping(left, batch, 0, IDepository.SelfChannel.selector);
    }

    // ─── A start in an open dispute ─────────────────────────────────────────────────────────────

    function test_start_countersInAnOpenDispute_keepingStarterAndHeight() public {
        _start(left, _proof(1, _body(-40)));
        vm.warp(block.timestamp + 1000);
        _start(right, _proof(2, _body(-50)));
        ChannelState memory channel = _channel();
        assert(channel.standingNonce == 4 && channel.startHeight == 1 && channel.startedByLeft);
        assert(channel.poster == Poster.Right && channel.deadline == block.timestamp + DAY);
        assert(channel.proofBodyHash == keccak256(abi.encode(_body(-50))));
    }

    function test_start_isSkippedInAnOpenDispute_whenItIsNotHigher() public {
        bytes4 reason = IDepository.DisputeNonceNotHigher.selector;
        _start(left, _proof(1, _body(-40)));
        _runSkipping(right, _startBatch(right, _proof(1, _body(-50))), 0, reason);
        Proof memory nothing;
        _runSkipping(right, _startBatch(right, nothing), 0, reason);
    }

    function test_start_isSkippedInAnOpenDispute_fromItsDeadlineOn() public {
        _start(left, _proof(1, _body(-40)));
        Batch memory batch = _startBatch(right, _proof(2, _body(-50)));
        _passDeadline();
        _runSkipping(right, batch, 0, IDepository.DisputeClosed.selector);
    }

    // ─── Counter ────────────────────────────────────────────────────────────────────────────────

    function test_counter_isOpenToAnyone_andTellsWhoPosted() public {
        _start(left, _proof(1, _body(-40)));
        depository.counter(_counterOf(_proof(2, _body(-50))));
        assert(_channel().poster == Poster.Anyone && _channel().standingNonce == 4);
        _counter(stranger, _proof(3, _body(-50)));
        assert(_channel().poster == Poster.Anyone && _channel().standingNonce == 6);
        _counter(right, _proof(4, _body(-50)));
        assert(_channel().poster == Poster.Right);
        _counter(left, _proof(5, _body(-50)));
        assert(_channel().poster == Poster.Left && _channel().startHeight == 1);
    }

    function test_counter_beatsTheEmptyBody() public {
        Proof memory nothing;
        _start(left, nothing);
        depository.counter(_counterOf(_proof(1, _body(-40))));
        assert(_channel().standingNonce == 2 && _channel().startHeight == 0);
    }

    /// @dev The higher nonce wins, whatever the height: a new term outranks, and left's of two at one height.
    function test_counter_goesByTheWholeNonce() public {
        _start(left, _proof(7, _body(-40)));
        Proof memory proof = _proof(7, _body(-50));
        proof.disputeNonce = 15;
        depository.counter(_counterOf(proof));
        proof.disputeNonce = _TERM + 2;
        depository.counter(_counterOf(proof));
        assert(_channel().standingNonce == _TERM + 2 && _channel().startHeight == 7);
    }

    function test_counter_givesAFullWindowAgain() public {
        _start(left, _proof(1, _body(-40)));
        vm.warp(_channel().deadline - 1);
        Proof memory proof = _proof(2, _body(-50));
        proof.disputeWindow = 2 * DAY;
        depository.counter(_counterOf(proof));
        assert(_channel().deadline == block.timestamp + 2 * DAY);
    }

    function test_counter_reverts_withoutADispute() public {
        DisputeCounter memory item = _counterOf(_proof(1, _body(-40)));
        vm.expectRevert(abi.encodeWithSelector(IDepository.NoDispute.selector, left.id, right.id));
        depository.counter(item);
    }

    function test_counter_reverts_fromTheDeadlineOn() public {
        _start(left, _proof(1, _body(-40)));
        DisputeCounter memory item = _counterOf(_proof(2, _body(-50)));
        uint256 deadline = _channel().deadline;
        _passDeadline();
        vm.expectRevert(abi.encodeWithSelector(IDepository.DisputeClosed.selector, deadline));
        depository.counter(item);
        vm.warp(deadline - 1);
        depository.counter(item);
    }

    function test_counter_reverts_whenItsNoncesAreWrong() public {
        _start(left, _proof(2, _body(-40)));
        DisputeCounter memory item = _counterOf(_proof(2, _body(-50)));
        vm.expectRevert(abi.encodeWithSelector(IDepository.DisputeNonceNotHigher.selector, 4, 4));
        depository.counter(item);

        item = _counterOf(_proof(3, _body(-50)));
        item.cooperativeNonce = 9;
        vm.expectRevert(abi.encodeWithSelector(IDepository.CooperativeNonceWrong.selector, 9, 0));
        depository.counter(item);

        Proof memory proof = _proof(0, _body(-50));
        proof.disputeNonce = _TERM + 1;
        item = _counterOf(proof);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.DisputeNonceInvalid.selector, _TERM + 1)
        );
        depository.counter(item);
    }

    function test_counter_reverts_whenItsSidesAreNotInOrder() public {
        _start(left, _proof(1, _body(-40)));
        DisputeCounter memory item = _counterOf(_proof(2, _body(-50)));
        (item.left, item.right) = (item.right, item.left);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.LeftNotBelowRight.selector, right.id, left.id)
        );
        depository.counter(item);
    }

    function test_counter_isSkipped_whenItsSidesAreNotInOrder() public {
        _start(left, _proof(1, _body(-40)));
        Batch memory batch;
        batch.counters = new DisputeCounter[](1);
        batch.counters[0] = _counterOf(_proof(2, _body(-50)));
        (batch.counters[0].left, batch.counters[0].right) = (right.id, left.id);
        _runSkipping(right, batch, 0, IDepository.LeftNotBelowRight.selector);
    }

    function test_counter_reverts_unlessBothSigned() public {
        _start(left, _proof(1, _body(-40)));
        Proof memory proof = _proof(2, _body(-50));
        bytes32 domain = depository.domainSeparator();
        bytes32 digest = DepositoryDigests.typed(domain, DepositoryDigests.proof(_key(), 0, proof));

        DisputeCounter memory item = _counterOf(proof);
        item.leftSignature = item.rightSignature;
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.SignatureInvalid.selector, left.id, digest)
        );
        depository.counter(item);
        item = _counterOf(proof);
        item.rightSignature = "";
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.SignatureInvalid.selector, right.id, digest)
        );
        depository.counter(item);
    }

    /// @dev Left's action, with the peer's signature.
    function _refusedStart(Proof memory proof, bytes4 reason) private {
        Batch memory batch;
        batch.starts = new DisputeStart[](1);
        batch.starts[0] = _startOf(left, proof);
        _runSkipping(left, batch, 0, reason);
        assert(_channel().deadline == 0);
    }
}
