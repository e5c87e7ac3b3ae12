// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155} from "../../contracts/interfaces/IERC1155.sol";
import {Board, IEntityProvider} from "../../contracts/interfaces/IEntityProvider.sol";
import {Allotment, IShares} from "../../contracts/interfaces/IShares.sol";
import {Vote} from "../../contracts/types/Equity.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Tenure} from "../../contracts/types/Registry.sol";
import {Log, Logs} from "./support/Logs.sol";
import {SharesWorld} from "./support/SharesWorld.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice How a majority of control shares replaces the board, and every way we know to cheat at it.
contract SharesVotesTest is SharesWorld {
    function setUp() public {
        _createShares();
    }

    // ─── What is meant to happen ────────────────────────────────────────────────────────────────

    function test_moreThanHalf_replacesTheBoard_afterTheDelay_visibly() public {
        _vote(ann, 1, 40);
        _expectDecision(0, 0);
        _vote(bob, 1, 11);
        uint256 from = block.timestamp + DELAY;
        _expectDecision(_hash(1), from);
        assert(shares.tallyOf(company, _hash(1)) == 51);
        vm.warp(from - 1);
        _expectTooEarly(from);
        provider.activateBoard(company);
        assert(_inOffice(0));
        vm.warp(from);
        provider.activateBoard(company);
        assert(_inOffice(1));
        Tenure memory tenure = provider.tenureOf(company);
        assert(tenure.outgoing == _hash(0) && tenure.outgoingUntil == from + GRACE);
    }

    function test_half_isNotMore() public {
        _vote(ann, 1, 40);
        _vote(bob, 1, 10);
        _expectDecision(0, 0);
        _wait(DELAY);
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NothingDecided.selector, company));
        provider.activateBoard(company);
        _vote(cid, 1, 1);
        _expectDecision(_hash(1), block.timestamp + DELAY);
    }

    function testFuzz_theMajority_isExact_ofAnyNumberOfShares(uint64 supply, uint64 votes) public {
        vm.assume(supply != 0 && votes <= supply);
        EntityId entity = provider.register(_board(0));
        _issue(entity, _one(Allotment(ann, supply, 1)));
        bytes32 boardHash = _hash(1);
        vm.prank(ann);
        shares.vote(entity, boardHash, votes);
        (bytes32 decided, ) = shares.shareholdersDecision(entity);
        assert((decided == boardHash) == (votes > supply / 2));
    }

    function test_votes_tellWhatTheyMake() public {
        Logs.start();
        _vote(ann, 1, 40);
        Log[] memory voted = Logs.take(IShares.Voted.selector);
        assert(voted.length == 1 && voted[0].topics[2] == _hash(1));
        assert(keccak256(voted[0].data) == keccak256(abi.encode(uint64(40), uint64(40))));
        Logs.start();
        _vote(bob, 1, 35);
        Log[] memory decided = Logs.take(IShares.ShareholdersDecided.selector);
        assert(decided.length == 1 && decided[0].topics[2] == _hash(1));
        assert(abi.decode(decided[0].data, (uint64)) == block.timestamp + DELAY);
        Logs.start();
        _vote(bob, 1, 10);
        decided = Logs.take(IShares.ShareholdersDecided.selector);
        assert(decided.length == 1 && decided[0].topics[2] == 0);
        assert(abi.decode(decided[0].data, (uint64)) == 0);
    }

    function test_vote_takesBoardsThatWereChecked_andAreNotInOffice() public {
        Board memory unknown = _board(1);
        unknown.members[0].weight = 7;
        bytes32[3] memory wrong = [Signing.boardHash(unknown), _hash(0), bytes32(0)];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IEntityProvider.BoardInvalid.selector));
            vm.prank(ann);
            shares.vote(company, wrong[i], 1);
        }
    }

    function test_vote_isRefused_withoutShares() public {
        EntityId entity = provider.register(_board(0));
        bytes32 boardHash = _hash(1);
        vm.expectRevert(abi.encodeWithSelector(IShares.NoShares.selector, entity));
        vm.prank(ann);
        shares.vote(entity, boardHash, 0);
        bytes4 refusal = IERC1155.ERC1155InsufficientBalance.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, ann, 40, 41, controlId));
        vm.prank(ann);
        shares.vote(company, boardHash, 41);
        vm.expectRevert(abi.encodeWithSelector(refusal, address(this), 0, 1, controlId));
        shares.vote(company, boardHash, 1);
    }

    function test_conclude_isForTheProviderAlone() public {
        _vote(ann, 1, 40);
        _vote(bob, 1, 35);
        vm.expectRevert(abi.encodeWithSelector(IShares.NotTheProvider.selector, address(this)));
        shares.conclude(company);
    }

    // ─── Shares that vote are locked ────────────────────────────────────────────────────────────

    /// @dev Vote, give away, vote again.
    function test_aShare_thatVotes_cannotBeGivenAway() public {
        _vote(ann, 1, 30);
        _expectLocked(ann, 10, 11);
        _give(ann, cid, controlId, 11);
        _give(ann, cid, controlId, 10);
        _expectLocked(ann, 0, 1);
        _give(ann, cid, controlId, 1);
        vm.prank(ann);
        shares.setApprovalForAll(bob, true);
        _expectLocked(ann, 0, 1);
        vm.prank(bob);
        shares.safeTransferFrom(ann, bob, controlId, 1, "");
        // What he receives is free; dividend shares never vote.
        _give(cid, ann, controlId, 3);
        _give(ann, cid, controlId, 3);
        _give(ann, cid, dividendId, 5);
    }

    function test_aBatch_cannotMoveLockedShares_bitByBit() public {
        _vote(ann, 1, 30);
        uint256[] memory ids = new uint256[](2);
        uint256[] memory values = new uint256[](2);
        (ids[0], ids[1], values[0], values[1]) = (controlId, controlId, 6, 5);
        _expectLocked(ann, 4, 5);
        vm.prank(ann);
        shares.safeBatchTransferFrom(ann, bob, ids, values, "");
    }

    /// @dev A flash loan: borrowed in this transaction, to be given back in it.
    function test_aBorrowedShare_cannotVote_andBeGivenBack() public {
        _give(ann, address(0xf1a54), controlId, 40);
        _give(bob, address(0xf1a54), controlId, 35);
        _vote(address(0xf1a54), 1, 75);
        _expectDecision(_hash(1), block.timestamp + DELAY);
        _expectLocked(address(0xf1a54), 0, 40);
        _give(address(0xf1a54), ann, controlId, 40);
        // Free again only without the vote, and with that goes the decision.
        _vote(address(0xf1a54), 1, 0);
        _expectDecision(0, 0);
        _give(address(0xf1a54), ann, controlId, 40);
    }

    function test_voting_again_setsTheVote_andAddsNothing() public {
        for (uint256 i; i < 3; ++i) _vote(ann, 1, 40);
        assert(shares.tallyOf(company, _hash(1)) == 40);
        _expectDecision(0, 0);
        _vote(ann, 1, 15);
        assert(shares.tallyOf(company, _hash(1)) == 15);
        assert(shares.voteOf(company, ann).shares == 15);
        _give(ann, cid, controlId, 25);
    }

    function test_aShare_votesForOneBoard_atATime() public {
        _vote(ann, 1, 20);
        bytes32 other = _hash(2);
        vm.expectRevert(abi.encodeWithSelector(IShares.VoteStands.selector, _hash(1)));
        vm.prank(ann);
        shares.vote(company, other, 20);
        _vote(ann, 1, 0);
        _vote(ann, 2, 20);
        assert(shares.tallyOf(company, _hash(1)) == 0 && shares.tallyOf(company, other) == 20);
    }

    // ─── No lock is for ever ────────────────────────────────────────────────────────────────────

    function test_aVote_canAlwaysBeTakenBack() public {
        // In front of a decision, during its delay, and when the board came otherwise.
        _vote(cid, 1, 25);
        _vote(cid, 1, 0);
        _give(cid, ann, controlId, 25);
        _vote(ann, 1, 65);
        _wait(DELAY - 1);
        _vote(ann, 1, 0);
        _give(ann, cid, controlId, 25);

        _vote(cid, 1, 25);
        _replace(0, 1);
        _wait(BOARD_DELAY);
        provider.activateBoard(company);
        assert(_inOffice(1));
        _expectLocked(cid, 0, 1);
        _give(cid, ann, controlId, 1);
        _vote(cid, 1, 5);
        _vote(cid, 1, 0);
        _give(cid, ann, controlId, 25);
    }

    function test_everyVote_ends_whenABoardOfTheShareholdersTakesOver() public {
        _vote(ann, 1, 40);
        _vote(bob, 1, 35);
        _vote(cid, 2, 25);
        _wait(DELAY);
        Logs.start();
        provider.activateBoard(company);
        Log[] memory ended = Logs.take(IShares.ElectionEnded.selector);
        assert(ended.length == 1 && abi.decode(ended[0].data, (uint64)) == 1);
        _expectDecision(0, 0);
        assert(shares.voteOf(company, ann).shares == 0 && shares.voteOf(company, cid).shares == 0);
        for (uint256 i = 1; i < 3; ++i) assert(shares.tallyOf(company, _hash(i)) == 0);
        _give(ann, cid, controlId, 40);
        _give(cid, bob, controlId, 65);
        // Old votes are no votes for the next election: half a majority is none.
        _vote(bob, 2, 50);
        _expectDecision(0, 0);
        Vote memory vote = shares.voteOf(company, bob);
        assert(vote.shares == 50 && vote.election == 1 && vote.boardHash == _hash(2));
    }

    // ─── The delay ──────────────────────────────────────────────────────────────────────────────

    /// @dev A friend of the board cannot put the decision off by voting for it, again and again.
    function test_laterVotes_doNotBeginTheDelayAnew() public {
        _vote(ann, 1, 40);
        _vote(bob, 1, 35);
        uint256 from = block.timestamp + DELAY;
        for (uint64 i = 1; i < 4; ++i) {
            _wait(1 days);
            _vote(cid, 1, i);
            _expectDecision(_hash(1), from);
        }
        _vote(cid, 1, 0);
        _expectDecision(_hash(1), from);
    }

    function test_aMajority_thatIsLost_waitsTheWholeDelayAgain() public {
        _vote(ann, 1, 40);
        _vote(bob, 1, 11);
        _wait(DELAY);
        _vote(bob, 1, 10);
        _expectDecision(0, 0);
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NothingDecided.selector, company));
        provider.activateBoard(company);
        _vote(bob, 1, 11);
        _expectDecision(_hash(1), block.timestamp + DELAY);
        _expectTooEarly(block.timestamp + DELAY);
        provider.activateBoard(company);
    }

    function test_twoProposals_cannotBothHaveAMajority() public {
        _vote(ann, 1, 40);
        _vote(bob, 2, 35);
        _vote(cid, 1, 25);
        uint256 from = block.timestamp + DELAY;
        _expectDecision(_hash(1), from);
        _wait(1 days);
        _vote(cid, 1, 0);
        _vote(cid, 2, 25);
        _expectDecision(_hash(2), block.timestamp + DELAY);
        vm.warp(from);
        _expectTooEarly(from + 1 days);
        provider.activateBoard(company);
        _wait(1 days);
        provider.activateBoard(company);
        assert(_inOffice(2));
    }

    // ─── The board against its shareholders ─────────────────────────────────────────────────────

    /// @dev A replacement that was decided before, and is due before, does not take effect any more.
    function test_theBoard_cannotReplaceItself_whileADecisionStands() public {
        _replace(0, 2);
        _vote(ann, 1, 40);
        _vote(bob, 1, 35);
        uint256 from = block.timestamp + DELAY;
        _wait(BOARD_DELAY);
        _expectTooEarly(from);
        provider.activateBoard(company);
        _replace(0, 3);
        _wait(BOARD_DELAY);
        _expectTooEarly(from);
        provider.activateBoard(company);
        vm.warp(from);
        provider.activateBoard(company);
        assert(_inOffice(1));
    }

    /// @dev The dismissed board leaves no replacement behind that would bring it back.
    function test_whatTheDismissedBoardDecided_isVoid() public {
        _vote(ann, 1, 40);
        _vote(bob, 1, 35);
        _wait(DELAY);
        _replace(0, 2);
        provider.activateBoard(company);
        assert(_inOffice(1) && provider.tenureOf(company).next == 0);
        _wait(GRACE + BOARD_DELAY);
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NothingDecided.selector, company));
        provider.activateBoard(company);
    }

    function test_whenTheDecisionIsOver_theBoardsOwnReplacementCounts() public {
        _replace(0, 2);
        _vote(ann, 1, 40);
        _vote(bob, 1, 35);
        _wait(BOARD_DELAY);
        _vote(ann, 1, 0);
        provider.activateBoard(company);
        assert(_inOffice(2));
    }

    /// @dev The grace of an outgoing board is kept, and cannot be begun again and again: from the majority on
    /// the board cannot replace itself.
    function test_theGraceOfAnEarlierBoard_isWaitedFor_once() public {
        _vote(ann, 1, 40);
        _replace(0, 2);
        _wait(BOARD_DELAY);
        provider.activateBoard(company);
        uint256 until = block.timestamp + GRACE;
        // The votes of before count: a replacement does not void them.
        _vote(bob, 1, 35);
        _replace(2, 3);
        _wait(DELAY);
        _expectTooEarly(until);
        provider.activateBoard(company);
        vm.warp(until);
        provider.activateBoard(company);
        assert(_inOffice(1));
    }

    function test_aDelayLongerThanTheGrace_isWaitedForToo() public {
        _replace(0, 2);
        _wait(BOARD_DELAY);
        provider.activateBoard(company);
        _wait(GRACE - 1);
        _vote(ann, 1, 40);
        _vote(bob, 1, 35);
        uint256 from = block.timestamp + DELAY;
        _wait(1);
        _expectTooEarly(from);
        provider.activateBoard(company);
    }

    function test_votesForABoard_thatCameIntoOffice_decideNothing() public {
        _vote(ann, 1, 40);
        _replace(0, 1);
        _wait(BOARD_DELAY);
        provider.activateBoard(company);
        bytes32 boardHash = _hash(1);
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.BoardInvalid.selector));
        vm.prank(bob);
        shares.vote(company, boardHash, 35);
        _expectDecision(0, 0);
    }

    function test_withoutADecision_theBoardReplacesItself_asIfThereWereNoShares() public {
        _replace(0, 1);
        _wait(BOARD_DELAY);
        provider.activateBoard(company);
        assert(_inOffice(1));
        // And that is no new election: who voted is still locked.
        _vote(ann, 2, 40);
        _replace(1, 3);
        _wait(GRACE);
        provider.activateBoard(company);
        assert(shares.voteOf(company, ann).shares == 40);
    }

    function test_votes_areForOneEntity() public {
        EntityId other = provider.register(_board(0));
        _issue(other, _allotments());
        _vote(ann, 1, 40);
        _vote(bob, 1, 35);
        (bytes32 decided, ) = shares.shareholdersDecision(other);
        assert(decided == 0 && shares.voteOf(other, ann).shares == 0);
        _give(ann, bob, 2 * uint256(EntityId.unwrap(other)), 40);
        _wait(DELAY);
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NothingDecided.selector, other));
        provider.activateBoard(other);
    }

    function test_theElectedBoard_decides_andTheDismissedOneDoesNot() public {
        _vote(ann, 1, 40);
        _vote(bob, 1, 35);
        _wait(DELAY);
        provider.activateBoard(company);
        for (uint256 i; i < 2; ++i) {
            bytes memory signature = Signing.ecdsa(keys[i], "digest");
            assert(provider.isValidEntitySignature(company, "digest", signature) == (i == 1));
            (bool valid, bool outgoing) = provider.isValidProofSignature(
                company,
                "digest",
                signature
            );
            assert(valid && outgoing == (i == 0));
        }
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _expectDecision(bytes32 boardHash, uint256 from) private view {
        (bytes32 decided, uint64 nextFrom) = shares.shareholdersDecision(company);
        assert(decided == boardHash && nextFrom == from);
    }

    function _expectLocked(address holder, uint256 free, uint256 needed) private {
        vm.expectRevert(
            abi.encodeWithSelector(IShares.SharesLocked.selector, holder, free, needed)
        );
    }

    function _expectTooEarly(uint256 from) private {
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.TooEarly.selector, uint64(from)));
    }
}
